"""A text keeps to the room it has. Holds."""

from collections.abc import Iterator

from optimizer import words
from optimizer.checks.subject import Subject
from optimizer.types import DESCRIPTION, TITLE, Verdict

ABOUT = "Titles, descriptions, buttons and all other texts keep to the room they have."
TIGHT_TYPES = frozenset(
    {"button", "a", "link", "label", "nav", "option", "th", "legend", "placeholder", "tooltip", "aria-label"}
)
SHORTEST_TITLE = 15


def check(subject: Subject) -> Iterator[Verdict]:
    old, new = len(subject.old), len(subject.new)
    if subject.target == TITLE:
        yield from _title(subject)
    elif subject.target == DESCRIPTION:
        rules = subject.brief.fields
        if not rules.description_min <= new <= rules.description_max:
            room = f"{rules.description_min} to {rules.description_max}"
            yield hold(f"A description has {room} characters; this one has {new}.")
        elif (width := words.pixels(subject.new, words.DESCRIPTION_FONT_PX)) > words.DESCRIPTION_PIXELS:
            yield Verdict("length", "note", f"It is {width} pixels wide; search results show 920.")
    elif subject.type == "alt":
        if new > max(125, old):
            yield hold(f"An image description has up to 125 characters; this one has {new}.")
    elif subject.type in TIGHT_TYPES:
        if new > old * 1.25 + 8:
            yield hold(f"It grew from {old} to {new} characters, where there is little room.")
    elif new > max(old * 1.6, old + 40):
        yield hold(f"It grew from {old} to {new} characters.")
    elif new < min(old * 0.5, old - 40):
        yield hold(f"It shrank from {old} to {new} characters.")


def _title(subject: Subject) -> Iterator[Verdict]:
    width = words.pixels(subject.new)
    rules = subject.brief.fields
    if len(subject.new) > rules.title_chars:
        yield hold(f"A title has up to {rules.title_chars} characters; this one has {len(subject.new)}.")
    elif width > rules.title_pixels:
        yield hold(f"It is {width} pixels wide; there is room for {rules.title_pixels}.")
    elif len(subject.new) < min(SHORTEST_TITLE, len(subject.old)):
        yield hold("It is too short to tell visitors what they will find.")


def hold(message: str) -> Verdict:
    return Verdict("length", "hold", message)
