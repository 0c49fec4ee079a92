"""What every template may know about the installation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from nimbus import words

THEMES = {"light", "dark"}


def product(request: HttpRequest) -> dict[str, Any]:
    zone = timezone.get_current_timezone_name()
    theme = request.COOKIES.get("theme", "")
    return {
        "debug": settings.DEBUG,
        "has_model_key": bool(settings.OPENAI_API_KEY),
        "theme": theme if theme in THEMES else "",
        "site_url": settings.SITE_URL,
        "script_words": words.of_scripts(),
        # Empty where nobody chose one: then the browser's own counts.
        "zone": "" if zone == settings.TIME_ZONE else zone,
    }
