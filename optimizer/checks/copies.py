"""A text is not another line of the page over again. Holds."""

from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict
from optimizer.words import fold

FEWEST_WORDS = 4


def check(subject: Subject) -> Iterator[Verdict]:
    if subject.kind == "head" or subject.type == "alt":
        return
    new, old = fold(subject.new), fold(subject.old)
    for id, sibling in subject.known.siblings.items():
        if id != subject.target and is_copy(new, sibling) and not is_copy(old, sibling):
            yield Verdict("copies", "hold", "It nearly repeats another line of the page.")
            return


def is_copy(one: str, other: str) -> bool:
    """Nearly the same words, for texts long enough that chance does not explain it."""
    if one == other:
        return len(one.split()) >= FEWEST_WORDS
    if not one or not other or not 0.8 < len(one) / len(other) < 1.25:
        return False
    words, others = set(one.split()), set(other.split())
    return len(words) >= FEWEST_WORDS and len(words & others) / len(words | others) >= 0.85
