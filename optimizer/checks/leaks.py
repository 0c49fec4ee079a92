"""Our own instructions never reach a page. Refuses."""

from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.prompts import SYSTEM
from optimizer.types import Verdict
from optimizer.words import WORD, fold

ABOUT = "Nimbus's own instructions to the model never reach a page."
RUN = 6


def _runs(text: str) -> set[tuple[str, ...]]:
    words = WORD.findall(fold(text))
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


OURS = _runs(SYSTEM)


def check(subject: Subject) -> Iterator[Verdict]:
    if "PAGE-" in subject.new and ("<<<PAGE-" in subject.new or ">>>" in subject.new):
        yield Verdict("leaks", "refuse", "It holds a mark of our own prompt.")
    elif (_runs(subject.new) - _runs(subject.old)) & OURS:
        yield Verdict("leaks", "refuse", "It repeats our own instructions.")
