"""The Celery app: `celery -A nimbus worker` and `celery -A nimbus beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nimbus.settings")
app = Celery("nimbus")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
