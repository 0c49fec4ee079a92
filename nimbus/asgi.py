"""The web door of the product."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from nimbus import bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nimbus.settings")
# Commands and tests open connections of their own; only the server keeps some.
os.environ.setdefault("DATABASE_POOL", "30")
# A form wraps its file in a little more than the file.
application = bodies.bounded(get_asgi_application(), settings.MAX_UPLOAD_BYTES + 2**20)
