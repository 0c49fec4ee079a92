"""The title follows the brief's pattern: all of its values, in its order. Notes."""

from collections.abc import Iterator

from optimizer import patterns
from optimizer.checks.subject import Subject
from optimizer.types import TITLE, Verdict
from optimizer.words import fold

ABOUT = "The title follows the pattern that the brief gives."


def check(subject: Subject) -> Iterator[Verdict]:
    pattern = subject.brief.fields.title_pattern
    if subject.target != TITLE or not pattern:
        return
    at, title = 0, fold(subject.new)
    for value in patterns.parts(pattern, subject.page, subject.brief):
        found = title.find(fold(value), at)
        if found < 0:
            yield Verdict("pattern", "note", f"It does not follow the pattern {pattern}.")
            return
        at = found
