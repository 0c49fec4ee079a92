"""The text does not read harder than it did. Notes."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict
from optimizer.words import WORD

ABOUT = "Sentences and words stay short enough to be read at a glance."
SENTENCE_END = re.compile(r"[.!?…:;]+(?:\s|\Z)")
# Läsbarhetsindex: words a sentence plus the percentage of words of more than six letters. It counts no
# syllables, so it holds in every language; from 55 on a text reads like a law.
HARD, HARDER_BY = 55, 10
FEWEST_WORDS = 15


def check(subject: Subject) -> Iterator[Verdict]:
    if len(subject.new) < FEWEST_WORDS * 4:
        return
    new = level(subject.new)
    if new >= HARD and new >= level(subject.old) + HARDER_BY:
        yield Verdict("reading", "note", "It reads harder than the original: shorter sentences would help.")


def level(text: str) -> float:
    """The readability index of a text; 0 for one that is too short to have one."""
    words = WORD.findall(text[:4000])
    if len(words) < FEWEST_WORDS:
        return 0.0
    sentences = max(1, len(SENTENCE_END.findall(text[:4000])))
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)
