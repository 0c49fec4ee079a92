"""The same edit for sister pages: a person's wording with each page's own values, checked on each page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from batches import alikes, group_decisions, offering, reviews
from batches.models import Decision, GroupDecision, Suggestion
from batches.wishes import Wish
from nimbus.errors import StateError
from nimbus.sentences import translated
from optimizer.masks import MARK

# Each is checked anew on its own page; the rest is one more press.
MOST = 100


class NothingToSpreadError(StateError):
    """No alike change waits that could take the edit."""

    code = "nothing_to_spread"


@dataclass(frozen=True, slots=True)
class Wording:
    """What the edit would say on one page, or why it can't."""

    suggestion: Suggestion
    text: str = ""
    trouble: str = ""


def preview(edited: Suggestion) -> list[Wording]:
    """The edit in the words of each alike change that waits."""
    if not edited.decided_text:
        return []
    own = alikes.abstraction(edited.run.snapshot, edited.page.url)
    pattern = own.mask.hide(edited.decided_text)
    if is_own(edited) and not MARK.search(pattern):
        return []
    chosen = [row.id for row in offering.offered([edited])[edited.id]][:MOST]
    rows = Suggestion.objects.filter(id__in=chosen).select_related("batch", "page__project", "run__snapshot")
    return list(wordings(pattern, rows.order_by("id")))


def is_own(edited: Suggestion) -> bool:
    """Where each page says something of its own, so that words without its values would do for one alone."""
    return edited.kind == Suggestion.Kind.HEAD or edited.block_type == "h1"


def wordings(pattern: str, rows: Any) -> Iterator[Wording]:
    for row in rows:
        mask = alikes.abstraction(row.run.snapshot, row.page.url).mask
        text = mask.show(pattern)
        if text is None:
            yield Wording(row, trouble=_("The page lacks one of the values that the edit names."))
            continue
        held = [translated(v.message) for v in reviews.recheck(row, text) if v.level in ("refuse", "hold")]
        yield Wording(row, text, " ".join(held))


@transaction.atomic
def apply(edited: Suggestion, *, by: Any) -> GroupDecision:
    """Store it where every check is content; the others keep waiting."""
    good = [wording for wording in preview(edited) if not wording.trouble]
    if not good:
        raise NothingToSpreadError(
            gettext_noop("The edit fits no alike change that waits. Nothing was changed.")
        )
    group = group_decisions.start(edited.batch, Wish(alike=edited.pattern).given, Decision.What.EDIT, by)
    for wording in good:
        group.count += reviews.decide(
            [wording.suggestion], Decision.What.EDIT, by=by, text=wording.text, group=group
        )
    group.total = len(good)
    group.save(update_fields=["count", "total"])
    return group
