"""What stands behind the question mark of an address: numbers, words, wishes, and a list's cursor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from django.http import HttpRequest

from nimbus.errors import InvalidError

LONGEST = 300


def cursor_of(request: HttpRequest) -> int:
    """The row id that the last page of a list ended with; 0 at the start."""
    return whole(request, "cursor", 0, low=0, high=2**63 - 1)


def limit_of(request: HttpRequest, default: int = 100, high: int = 1000) -> int:
    return whole(request, "limit", default, low=1, high=high)


def whole(request: HttpRequest, name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from the query string."""
    text = request.GET.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise InvalidError(f"`{name}` is a whole number from {low} to {high}.", field=name)
    return int(text)


def choice(request: HttpRequest, name: str, words: Sequence[str]) -> str:
    """One of a few words from the query string, or nothing."""
    word = request.GET.get(name)
    if word is not None and word not in words:
        raise InvalidError(f"`{name}` is one of {', '.join(words)}.", field=name)
    return word or ""


def cut[T](rows: Sequence[T], limit: int, id_of: Callable[[T], int]) -> tuple[Sequence[T], str | None]:
    """From `limit + 1` rows read: the page of a list, and its next cursor where more follow."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], str(id_of(rows[limit - 1]))


def said(wish: type, given: Mapping[str, str]) -> dict[str, str]:
    """For the dataclass of somebody's wishes a text for every field; what is not said is empty."""
    names = [item.name for item in fields(wish)]
    return {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in names}
