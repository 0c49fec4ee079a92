"""A text is not another line of the page over again. Holds."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import fold

ABOUT = "No line of a page repeats another line of it."
FEWEST_WORDS = 4
LIKENESS = 0.85


@dataclass(frozen=True, slots=True)
class Index:
    """Lines by their rarest words: near-copies share one of these, so few pairs are ever compared."""

    frequency: Counter[str]
    lines: dict[str, list[str]]

    def rarest(self, words: set[str]) -> list[str]:
        count = len(words) - math.ceil(LIKENESS * len(words)) + 1
        return sorted(words, key=lambda word: (self.frequency[word], word))[:count]


def check(subject: Subject) -> Iterator[Verdict]:
    if subject.kind == "head" or subject.type == "alt":
        return
    new, old = fold(subject.new), fold(subject.old)
    words = set(new.split())
    if new == old or len(words) < FEWEST_WORDS:
        return
    index = subject.known.derive(_index)
    likely = {id for word in index.rarest(words) for id in index.lines.get(word, ())} - {subject.target}
    for id in sorted(likely):
        sibling = subject.known.siblings[id]
        if is_copy(new, sibling) and not is_copy(old, sibling):
            yield Verdict("copies", "hold", "It nearly repeats another line of the page.")
            return


def is_copy(one: str, other: str) -> bool:
    """Nearly the same words, for texts long enough that chance does not explain it."""
    words, others = set(one.split()), set(other.split())
    return len(words) >= FEWEST_WORDS and len(words & others) >= LIKENESS * len(words | others)


def _index(known: Known) -> Index:
    words = {id: set(text.split()) for id, text in known.siblings.items()}
    index = Index(Counter(word for line in words.values() for word in line), {})
    for id, line in words.items():
        for word in index.rarest(line) if len(line) >= FEWEST_WORDS else ():
            index.lines.setdefault(word, []).append(id)
    return index
