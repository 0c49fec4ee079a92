"""The web door of the product."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nimbus.settings")
application = get_asgi_application()
