"""What must stay, stays: dimension values, protected text, terms of the glossary. Holds."""

from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict
from optimizer.words import holds

ABOUT = "Dimension values, protected text and terms of the glossary stay; words to avoid stay out."


def check(subject: Subject) -> Iterator[Verdict]:
    brief = subject.brief
    for name, value in subject.page.dimensions.items():
        if _is_lost(subject, value):
            yield Verdict("kept", "hold", f"It drops the {name} “{value}”.")
    for term in (*brief.keep, *brief.protected, *((brief.company,) if brief.company else ())):
        if _is_lost(subject, term):
            yield Verdict("kept", "hold", f"It drops “{term}”, which has to stay.")
    for term in brief.avoid:
        if holds(subject.new, term) and not holds(subject.old, term):
            yield Verdict("kept", "hold", f"It uses “{term}”, which the glossary avoids.")
    for old, new in brief.prefer.items():
        if holds(subject.new, old) and not holds(new, old):
            yield Verdict("kept", "note", f"The glossary prefers “{new}” to “{old}”.")


def _is_lost(subject: Subject, term: str) -> bool:
    return holds(subject.old, term) and not holds(subject.new, term)
