#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nimbus.settings")
    # The one at the keyboard runs the place: commands see every tenant, and the owner migrates.
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    role = {"migrate": "owner", "runserver": "app", "testserver": "app"}.get(verb, "worker")
    os.environ.setdefault("NIMBUS_ROLE", role)
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is answered with the sentence that mends it.
        sys.exit(f"manage.py: {error}")
