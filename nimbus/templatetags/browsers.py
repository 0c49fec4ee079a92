"""A browser by its User-Agent header, in the words that people know."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first mark that is found counts: most browsers name others, too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(header: str) -> str:
    """Firefox on Windows; what names no browser that we know stays as it is."""
    name = first(BROWSERS, header)
    system = first(SYSTEMS, header)
    if not name:
        return header
    return _("{browser} on {system}").format(browser=name, system=system) if system else name


def first(marks: tuple[tuple[str, str], ...], header: str) -> str:
    return next((said for mark, said in marks if mark in header), "")
