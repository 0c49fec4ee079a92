"""No word is said so often that only a search engine could be meant. Notes."""

from collections import Counter
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict
from optimizer.words import WORD, fold

ABOUT = "No keyword is repeated more often than a reader would bear."
MOST, SHARE, LETTERS = 3, 0.2, 4


def check(subject: Subject) -> Iterator[Verdict]:
    new = stuffed(subject.new)
    if new and new not in (stuffed(subject.old),):
        yield Verdict("stuffing", "note", f"It says “{new}” again and again.")


def stuffed(text: str) -> str:
    """The word that is said too often, or an empty string."""
    words = WORD.findall(fold(text[:2000]))
    counted = Counter(word for word in words if len(word) >= LETTERS)
    for word, times in counted.most_common(1):
        said: str = word
        if times > MOST or (times == MOST and times >= SHARE * len(words)):
            return said
    return ""
