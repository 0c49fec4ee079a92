"""What every template may know about the installation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = {"light", "dark"}


def product(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "debug": settings.DEBUG,
        "has_model_key": bool(settings.OPENAI_API_KEY),
        "theme": theme if theme in THEMES else "",
        "site_url": settings.SITE_URL,
    }
