"""The Celery app: `celery -A nimbus worker` and `celery -A nimbus beat`."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nimbus.settings")
app = Celery("nimbus")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_the_web_does(loglevel: int = logging.INFO, **_: Any) -> None:
    """Celery would otherwise put a format and handlers of its own in place of ours."""
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger().setLevel(loglevel)
