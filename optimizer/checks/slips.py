"""Slips that no reader would forgive: shouting, doubled words, emoji, a text that trails off. Holds."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict

ABOUT = "It has no capitals throughout, doubled word, emoji, added quotation marks, and does not trail off."
DOUBLED = re.compile(r"(?<![\w'’\-])([^\W\d_]{2,}) \1(?![\w'’\-])", re.IGNORECASE)
MAY_DOUBLE = frozenset({"had", "that", "die", "sie", "nous", "vous", "bora", "wagga", "walla", "baden"})
EMOJI = re.compile(r"[\U0001f1e6-\U0001faff\u2600-\u27bf\u2b50\u2b55]")
OPENING, CLOSING = "\"“„«'‘", "\"”“»'’"
# A text that is nothing but the first part of the old one was cut off rather than tightened.
CUT_SHARE = 0.75


def check(subject: Subject) -> Iterator[Verdict]:
    old, new = subject.old, subject.new
    if is_shouted(new) and not is_shouted(old):
        yield hold("It is written in capitals.")
    if len(doubled(new)) > len(doubled(old)):
        yield hold("It repeats a word.")
    if len(EMOJI.findall(new)) > len(EMOJI.findall(old)):
        yield hold("It adds an emoji.")
    if is_quoted(new) and not is_quoted(old):
        yield hold("It puts the whole text in quotation marks.")
    if new.endswith(("…", "...")) and not old.endswith(("…", "...")):
        yield hold("It trails off.")
    elif len(new) < len(old) * CUT_SHARE and old.startswith(new) and len(old.split()) >= 8:
        yield hold("It is only the beginning of the original.")


def is_shouted(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return len(letters) >= 4 and all(map(str.isupper, letters))


def is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] in OPENING and text.rstrip(".")[-1:] in CLOSING


def doubled(text: str) -> list[str]:
    return [word for word in DOUBLED.findall(text) if word.casefold() not in MAY_DOUBLE]


def hold(message: str) -> Verdict:
    return Verdict("slips", "hold", message)
