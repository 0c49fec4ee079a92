"""A fair part of a batch's passed changes for people to read, and what their reading proves.

The sample is drawn once and for all by a hash of the batch's and the change's id: nobody chooses it, and a
second look at the page shows the same changes. Read is what a person decided by itself; a defect is what
that person rejected or worded anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import MD5, Concat

from batches import keeping
from batches.models import Batch, Decision, Suggestion
from batches.sampling import Proof, size_for
from batches.wishes import FREE

KEPT_S = 86_400
DEFECTS = (Decision.What.REJECT, Decision.What.EDIT)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many to read, how many were, and what that proves so far."""

    size: int
    proof: Proof

    @property
    def left(self) -> int:
        return self.size - self.proof.read


def population(batch: Batch) -> Any:
    return Suggestion.objects.filter(FREE, batch=batch)


def drawn(batch: Batch) -> tuple[list[str], int]:
    """The ids of the sample in the order of the draw, and of how many; kept, for the draw reads them all."""
    name = f"sample-of:{batch.id}:{batch.change_count}"
    known: tuple[list[str], int] | None = keeping.kept(name)
    if known is not None:
        return known
    whole = population(batch)
    lots = whole.annotate(lot=MD5(Concat(Value(batch.id), F("id")))).order_by("lot", "id")
    count = whole.count()
    ids = list(lots.values_list("id", flat=True)[: size_for(count)])
    if batch.is_final:
        keeping.keep(name, (ids, count), KEPT_S)
    return ids, count


def plan(batch: Batch) -> Plan:
    sample, count = drawn(batch)
    told = read(sample).aggregate(read=Count("id"), defects=Count("id", filter=Q(what__in=DEFECTS)))
    return Plan(len(sample), Proof(count, told["read"], told["defects"]))


def read(sample: Sequence[str]) -> Any:
    """Those of the sample on which a person decided, each by itself."""
    newest = Decision.objects.filter(suggestion=OuterRef("id")).exclude(by="auto").order_by("-id")
    told = Suggestion.objects.filter(id__in=sample).annotate(
        what=Subquery(newest.values("what")[:1]), group=Subquery(newest.values("group")[:1])
    )
    return told.filter(group=None, what__isnull=False).exclude(what=Decision.What.ROLLBACK)


def unread(batch: Batch) -> Any:
    """What is left to read, the least sure first."""
    sample, _ = drawn(batch)
    done = set(read(sample).values_list("id", flat=True))
    left = Suggestion.objects.filter(id__in=[name for name in sample if name not in done])
    return left.order_by(F("confidence").asc(nulls_first=True), "id")
