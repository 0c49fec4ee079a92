"""Changing caps, and letting batches go on that waited for one."""

import contextlib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import Organization
from batches import budgets, queue
from batches.models import Batch
from nimbus.errors import InvalidError, StateError
from projects import books
from projects.books import Holder, Total
from projects.models import Project, SpendTotal

# A million dollars: more is a slip of the finger.
MOST = 1_000_000 * 1_000_000


def of(project: Project) -> list[Total]:
    """The caps of this month that a new batch of the project meets, with what is spent of them."""
    holder = Holder("", project.id, project.organization_id)
    held = books.look([holder])
    totals = [held.of(owner) for owner in (project.id, project.organization_id)]
    return [total for total in totals if total.cap is not None]


@transaction.atomic
def set_of_batch(batch: Batch, by: Any, cap: int | None) -> None:
    """Micro-dollars, or None for no cap."""
    total = books.lock([Holder(batch.id, "", batch.organization_id)]).of(batch.id)
    SpendTotal.objects.filter(key=total.key).update(cap_microdollars=check(cap))
    changed(total, cap, batch.project, by, batch.id)
    transaction.on_commit(lambda: go_on(by, id=batch.id))


@transaction.atomic
def set_of_project(project: Project, by: Any, cap: int | None) -> None:
    """Micro-dollars a UTC month, or None for no cap."""
    total = books.lock([Holder("", project.id, project.organization_id)]).of(project.id)
    changed(total, check(cap), project, by)
    # After its audit chain: the order in which every writer locks.
    Project.objects.filter(id=project.id).update(monthly_cap_microdollars=cap)
    transaction.on_commit(lambda: go_on(by, project=project))


@transaction.atomic
def set_of_organization(organization: Organization, by: Any, cap: int | None) -> None:
    """Micro-dollars a UTC month for all its projects together, or None for no cap."""
    total = books.lock([Holder("", "", organization.id)]).of(organization.id)
    # Organizations before their chains: the order in which every writer locks.
    Organization.objects.filter(id=organization.id).update(monthly_cap_microdollars=check(cap))
    changed(total, cap, organization, by)
    transaction.on_commit(lambda: go_on(by, organization_id=organization.id))


def check(cap: int | None) -> int | None:
    if cap is not None and not 0 <= cap <= MOST:
        raise InvalidError(_("A cap is an amount from 0 to 1,000,000 dollars."), field="cap_usd")
    return cap


def changed(total: Total, cap: int | None, chain: Any, by: Any, batch: str = "") -> None:
    # What the new cap has behind it already is no news.
    told = budgets.share_of(total.spent, cap)
    SpendTotal.objects.filter(key=total.key).update(told_percent=told)
    data = {"cap": total.kind, "from_microdollars": total.cap, "to_microdollars": cap}
    audit.record(chain, "cap.changed", actor=by, target=total.owner, data=data, batch=batch)


def go_on(by: Any = "system", **scope: Any) -> int:
    """Resume the batches that waited for a cap and have room now; how many."""
    waiting = Batch.objects.filter(status=Batch.Status.PAUSED, pause_reason="budget", **scope)
    resumed = 0
    for batch in waiting.filter(plan__has_key="budget").select_related("project").order_by("id"):
        with contextlib.suppress(StateError):
            queue.resume(batch, by)
            resumed += 1
    return resumed
