"""The dashboard's pages about people: the audit log and one's own account."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.models import AuditEvent, Organization, User
from accounts.paging import page_of
from accounts.visitors import Visit, own_organization


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=120, required=False, label="Name", help_text="Shown beside your decisions."
    )


@login_required
def audit_log(request: Visit) -> HttpResponse:
    """Everything that happened in the visitor's organizations, newest first."""
    mine = Organization.objects.for_user(request.user).values("id")
    events = AuditEvent.objects.filter(organization_id__in=mine)
    target = request.GET.get("target", "").strip().replace("\x00", "")
    if target:
        events = events.filter(target=target)
    rows, pager = page_of(request, events, "-id")
    context: dict[str, Any] = {"rows": with_names(rows), "pager": pager, "target": target}
    return render(request, "accounts/audit.html", shell(request.user, "audit") | context)


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
        request.user.save(update_fields=["name"])
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    memberships = request.user.memberships.select_related("organization")
    context = shell(request.user, "profile") | {"form": form, "memberships": memberships}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


def shell(user: User, section: str) -> dict[str, Any]:
    return {"shell": {"organization": own_organization(user), "section": section}}
