"""A page does not say the same as a page of its family. Holds equal texts, notes near-copies."""

from collections.abc import Iterator

from optimizer.checks.copies import is_copy
from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import fold

ABOUT = "Title, description and main heading differ from those of the other pages of the family."
LABELS = {"title": "title", "description": "description", "h1": "h1"}


def check(subject: Subject) -> Iterator[Verdict]:
    if subject.type not in LABELS or not subject.page.siblings:
        return
    others = subject.known.derive(_texts).get(LABELS[subject.type], frozenset())
    new = fold(subject.new)
    if new and new in others and new != fold(subject.old):
        yield Verdict("siblings", "hold", f"Another page of the family has the very same {subject.type}.")
    elif any(is_copy(new, other) for other in others):
        yield Verdict("siblings", "note", f"It is nearly the {subject.type} of another page of the family.")


def _texts(known: Known) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for sibling in known.page.siblings:
        for label, text in (
            ("title", sibling.title),
            ("description", sibling.description),
            ("h1", sibling.h1),
        ):
            if text:
                found.setdefault(label, set()).add(fold(text))
    return {label: frozenset(texts) for label, texts in found.items()}
