"""To which undecided changes a person's own wording is offered: alike ones, and the same place of its family.

The place is the same where the page's original reads the same but for dimension values, whatever the model
proposed for it and whatever the checks said of that.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from batches.models import Page, Suggestion
from batches.wishes import READY
from optimizer.masks import Mask
from optimizer.types import PageText

# Undecided changes that are looked at; a batch has hardly more in one place of a family.
MOST = 2_000


def offered(edited: Sequence[Suggestion]) -> dict[str, list[Suggestion]]:
    """By the id of each edited change of one batch: the undecided ones that may take its words."""
    edited = [row for row in edited if row.decided_text]
    if not edited:
        return {}
    waiting = Suggestion.objects.filter(batch=edited[0].batch_id, review=Suggestion.Review.PENDING)
    near = waiting.filter(reduce(or_, map(reach, edited))).select_related("page").order_by("id")[:MOST]
    hidden = Hidden()
    found = list(near)
    return {row.id: [other for other in found if hidden.suits(row, other)] for row in edited}


def reach(row: Suggestion) -> Q:
    """What may suit at all, as the database can tell."""
    place = Q(kind=row.kind, block_type=row.block_type, page__family=row.page.family)
    if row.kind == Suggestion.Kind.HEAD:
        place &= Q(target=row.target)
    if not row.page.family:
        return READY & Q(pattern=row.pattern) if row.pattern else Q(pk=None)
    return place | (READY & Q(pattern=row.pattern)) if row.pattern else place


class Hidden:
    """Originals without their pages' dimension values; each page is looked at once."""

    def __init__(self) -> None:
        self._masks: dict[str, Mask] = {}

    def suits(self, row: Suggestion, other: Suggestion) -> bool:
        if row.id == other.id:
            return False
        if row.pattern and row.pattern == other.pattern and other.level in ("pass", "note"):
            return bool(other.text)
        is_there = (row.kind, row.block_type, row.page.family) == (
            other.kind, other.block_type, other.page.family,
        )  # fmt: skip
        is_there = is_there and bool(row.page.family) and row.page_id != other.page_id
        is_there = is_there and (row.kind == Suggestion.Kind.BLOCK or row.target == other.target)
        return is_there and self._of(row) == self._of(other)

    def _of(self, row: Suggestion) -> str:
        if row.page_id not in self._masks:
            self._masks[row.page_id] = mask_of(row.page)
        return self._masks[row.page_id].hide(row.original)


def mask_of(page: Page) -> Mask:
    """By the dimensions alone, so that no page's text has to be read."""
    values = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in (page.dimensions or {}).items()
    }
    return Mask.of(PageText(page.path, {}, (), values))


def count(rows: Iterable[Suggestion]) -> dict[str, int]:
    return {id: len(found) for id, found in offered(list(rows)).items()}
