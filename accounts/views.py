"""The dashboard's pages about people: the audit log and one's own account."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, chains, rights_views
from accounts.models import AuditChain, AuditEvent, Organization, User
from accounts.paging import page_of
from accounts.visitors import Visit, own_organization

# A second or two of work; a command has all the time it needs.
MOST_VERIFIED_HERE = 200_000


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=120, required=False, label="Name", help_text="Shown beside your decisions."
    )


@require_safe
@login_required
def audit_log(request: Visit) -> HttpResponse:
    """Everything that happened in the visitor's organizations, or to the visitor's account; newest first."""
    of_account = request.GET.get("of") == "account"
    # Two simple queries: one OR is far slower on PostgreSQL, and so is a list where there is one to compare.
    mine = list(Organization.objects.for_user(request.user).values_list("id", flat=True))
    of_mine = Q(organization_id=mine[0]) if len(mine) == 1 else Q(organization_id__in=mine)
    own = Q(chain=request.user.id) if of_account else of_mine
    events = AuditEvent.objects.filter(own)
    target = request.GET.get("target", "").strip().replace("\x00", "")
    if target:
        events = events.filter(target=target)
    rows, pager = page_of(request, events, "-id")
    context: dict[str, Any] = {
        "rows": with_names(rows),
        "pager": pager,
        "target": target,
        "of_account": of_account,
    }
    return render(request, "accounts/audit.html", shell(request.user, "audit") | context)


@login_required
@require_POST
def verify_log(request: Visit) -> HttpResponse:
    """Recompute the chains of the visitor's organizations and the visitor's own."""
    mine = Organization.objects.for_user(request.user)
    heads = AuditChain.objects.filter(Q(organization_id__in=mine.values("id")) | Q(id=request.user.id))
    if (heads.aggregate(sum=Sum("seq"))["sum"] or 0) > MOST_VERIFIED_HERE:
        messages.error(request, "There are too many events to verify them here. Ask the operator to.")
        return redirect("accounts:audit")
    wanted = list(heads.order_by("id"))
    broken = [head.id for head in wanted if chains.verify(head.id) is not None]
    for organization in mine:
        with transaction.atomic():
            data = {"chains": len(wanted), "broken": broken}
            audit.record(organization, "audit.verified", actor=request.user, data=data)
    if broken:
        messages.error(request, f"Broken: {', '.join(broken)}. Somebody changed what was written.")
    else:
        count = sum(head.seq for head in wanted)
        messages.success(request, f"{len(wanted)} chains with {count:,} events are whole.")
    return redirect("accounts:audit")


def with_names(events: list[AuditEvent]) -> list[tuple[AuditEvent, str]]:
    """Each event with its actor as people know them."""
    ids = {event.actor for event in events if event.actor.startswith("user_")}
    names = {user.id: str(user) for user in User.objects.filter(id__in=ids)}
    return [(event, names.get(event.actor, event.actor)) for event in events]


@login_required
def profile(request: Visit) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        request.user.name = form.cleaned_data["name"]
        with transaction.atomic():
            request.user.save(update_fields=["name"])
            audit.record(request.user, "user.renamed", actor=request.user, target=request.user)
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    memberships = request.user.memberships.select_related("organization")
    context = shell(request.user, "profile") | {
        "form": form,
        "memberships": memberships,
        "exports": rights_views.newest(request.user),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


def shell(user: User, section: str) -> dict[str, Any]:
    return {"shell": {"organization": own_organization(user), "section": section}}
