"""Things a careful editor would mention. Notes."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict

DOUBLED = re.compile(r"(?<![\w'’\-])([^\W\d_]{2,}) \1(?![\w'’\-])", re.IGNORECASE)
MAY_DOUBLE = frozenset({"had", "that", "die", "sie", "nous", "vous", "bora", "wagga", "walla", "baden"})
EMOJI = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf]")
END = re.compile(r"[.!?…:]\Z")


def check(subject: Subject) -> Iterator[Verdict]:
    old, new = subject.old, subject.new
    if is_shouted(new) and not is_shouted(old):
        yield note("It is written in capitals.")
    if doubled(new) and not doubled(old):
        yield note("It repeats a word.")
    if new.count("!") > old.count("!"):
        yield note("It adds an exclamation mark.")
    if len(EMOJI.findall(new)) > len(EMOJI.findall(old)):
        yield note("It adds an emoji.")
    if new[:1] in "\"“„«'" and old[:1] not in "\"“„«'":
        yield note("It puts the text in quotation marks.")
    if subject.type == "p" and END.search(old) and not END.search(new.rstrip('"”’)')):
        yield note("Its last sentence has no full stop.")


def is_shouted(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return len(letters) >= 4 and all(map(str.isupper, letters))


def doubled(text: str) -> bool:
    return any(word.casefold() not in MAY_DOUBLE for word in DOUBLED.findall(text))


def note(message: str) -> Verdict:
    return Verdict("style", "note", message)
