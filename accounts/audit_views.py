"""The audit log: filter it, follow it live, verify its chains, take it along as a file."""

import tempfile
from collections.abc import Iterable
from itertools import batched
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q, Sum
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, audit_log, chains
from accounts.audit_log import Wish
from accounts.models import AuditChain, AuditEvent, Organization
from accounts.paging import link, page_of
from accounts.proof import fresh_login_required
from accounts.visitors import Visit, own_organization
from nimbus.spreadsheets import MARK, lines, plain

# A second or two of work; a command has all the time it needs.
MOST_VERIFIED_HERE = 200_000
# A spreadsheet takes no more than a million lines; a project's whole log is a file of its own.
MOST_EXPORTED, AT_ONCE, SPOOLED = 100_000, 2_000, 16 * 2**20
COLUMNS = ("at", "action", "by", "actor", "target", "batch", "level", "message", "chain", "seq", "hash")


@require_safe
@login_required
def audit_log_page(request: Visit) -> HttpResponse:
    """Everything that happened in the visitor's organizations, or to the visitor's account; newest first."""
    wish = Wish.of_address(request.GET)
    found = audit_log.narrowed(audit_log.mine(request.user, wish), wish)
    is_back = "before" in request.GET
    low = None
    if wish.scans and not is_back:
        low = audit_log.horizon(audit_log.mine(request.user, wish), request.GET.get("after", ""))
        found = found.filter(id__gt=low) if low else found
    rows, pager = page_of(request, found, "-id")
    context: dict[str, Any] = {
        "rows": [(event, actor, audit_log.told(event)) for event, actor in audit_log.with_names(rows)],
        "pager": pager,
        "wish": wish,
        "further": link(request, "after", low + 1) if low and "next" not in pager else "",
        "looked_at": audit_log.LOOKED_AT,
        "follows": "follow" in request.GET and not is_back and "after" not in request.GET,
        "query": urlencode(wish.given | ({"of": wish.of} if wish.of else {})),
    }
    if request.headers.get("HX-Request-Type") == "partial":
        response = render(request, "accounts/audit.html#rows", context)
    else:
        context |= {"kinds": audit_log.kinds(), "actors": audit_log.actors(request.user)}
        context["shell"] = {"organization": own_organization(request.user), "section": "audit"}
        mine = Organization.objects.for_user(request.user)
        context["chains"] = [
            (chain.id, chain.name) for one in mine for chain in [one, *one.projects.filter(deleted_at=None)]
        ]
        response = render(request, "accounts/audit.html", context)
    response.headers["Vary"] = "Cookie, HX-Request-Type"
    return response


@login_required
@require_POST
def verify(request: Visit) -> HttpResponse:
    """Recompute the chains of the visitor's organizations and the visitor's own."""
    mine = Organization.objects.for_user(request.user)
    heads = AuditChain.objects.filter(Q(organization_id__in=mine.values("id")) | Q(id=request.user.id))
    if (heads.aggregate(sum=Sum("seq"))["sum"] or 0) > MOST_VERIFIED_HERE:
        messages.error(request, _("There are too many events to verify them here. Ask the operator to."))
        return redirect("accounts:audit")
    wanted = list(heads.order_by("id"))
    broken = [head.id for head in wanted if chains.verify(head.id) is not None]
    for organization in mine:
        with transaction.atomic():
            data = {"chains": len(wanted), "broken": broken}
            audit.record(organization, "audit.verified", actor=request.user, data=data)
    if broken:
        messages.error(
            request,
            _("Broken: %(chains)s. Somebody changed what was written.") % {"chains": ", ".join(broken)},
        )
    else:
        count = sum(head.seq for head in wanted)
        messages.success(
            request,
            _("%(chains)s chains with %(events)s events are whole.")
            % {"chains": len(wanted), "events": f"{count:,}"},
        )
    return redirect("accounts:audit")


@login_required
@require_POST
@fresh_login_required
def export(request: Visit) -> FileResponse:
    """What the filters show, newest first, for a spreadsheet."""
    wish = Wish.of_address(request.POST)
    found = audit_log.narrowed(audit_log.mine(request.user, wish), wish).order_by("-id")[:MOST_EXPORTED]
    # The response closes it.
    file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115
    file.write(MARK + lines([COLUMNS]))
    count = 0
    for events in batched(found.iterator(chunk_size=AT_ONCE), AT_ONCE):
        count += len(events)
        file.write(lines(cells(events)))
    file.seek(0)
    for organization in Organization.objects.for_user(request.user):
        with transaction.atomic():
            audit.record(organization, "audit.exported", actor=request.user, data={"events": count})
    return FileResponse(
        file, as_attachment=True, filename="audit-log.csv", content_type="text/csv; charset=utf-8"
    )


def cells(events: Iterable[AuditEvent]) -> Iterable[list[Any]]:
    for event, actor in audit_log.with_names(list(events)):
        yield [
            event.at.isoformat(), event.action, plain(actor), event.actor, event.target, event.batch,
            event.level, plain(audit_log.told(event)), event.chain, event.seq, event.hash,
        ]  # fmt: skip
