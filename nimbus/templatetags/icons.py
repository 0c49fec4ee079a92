"""{% icon "check" %} draws one of the sprite's icons; hundreds stand on a screen of changes."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    return drawn(str(name))


@cache
def drawn(name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#i-{}"/></svg>', sprite(), name)


@cache
def sprite() -> str:
    return static("img/icons.svg")
