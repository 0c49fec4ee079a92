"""The dashboard's pages about an organization's members, and the way in for those who are invited."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import members
from accounts.models import Organization
from accounts.models.organization import Role
from accounts.proof import fresh_login_required
from accounts.visitors import MANAGERS, Visit, require
from nimbus.errors import NimbusError

INVITED = [(role.value, role.label) for role in Role if role is not Role.OWNER]


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Email"), widget=forms.EmailInput({"autocomplete": "off"}))
    role = forms.ChoiceField(choices=INVITED, initial=Role.EDITOR, label=_("Role"))


def organization_for(request: Visit, organization_id: str) -> Organization:
    """404 for a stranger's organization exactly as for an unknown one."""
    return get_object_or_404(Organization.objects.for_user(request.user), id=organization_id)


@login_required
@fresh_login_required
def overview(request: Visit, organization_id: str) -> HttpResponse:
    """Lists the members; a POST invites somebody."""
    organization = organization_for(request, organization_id)
    form = InviteForm(request.POST or None)
    if request.method == "POST":
        require(request.user, organization, MANAGERS)
        if form.is_valid() and invited(form, organization, request):
            return redirect("accounts:members", organization.id)
    own = organization.memberships.get(user=request.user)
    waiting = organization.invitations.filter(accepted_at=None, expires_at__gt=timezone.now())
    context: dict[str, Any] = {
        "shell": {"organization": organization, "section": "members"},
        "organization": organization,
        "own": own,
        "manages": own.role in MANAGERS,
        "roles": Role.choices if own.role == Role.OWNER else INVITED,
        "members": organization.memberships.select_related("user").order_by("created_at"),
        "invitations": waiting.select_related("invited_by").order_by("-created_at"),
        "form": form,
    }
    return render(request, "accounts/members.html", context, status=422 if form.is_bound else 200)


def invited(form: InviteForm, organization: Organization, request: Visit) -> bool:
    try:
        members.invite(organization, form.cleaned_data["email"], form.cleaned_data["role"], request.user)
    except NimbusError as error:
        form.add_error(error.field or None, error.said())
        return False
    messages.success(
        request,
        _("Invited %(email)s. The link holds for seven days.") % {"email": form.cleaned_data["email"]},
    )
    return True


@login_required
@require_POST
@fresh_login_required
def change_role(request: Visit, organization_id: str, user_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, MANAGERS)
    membership = get_object_or_404(organization.memberships, user_id=user_id)
    try:
        members.change_role(membership, request.POST.get("role", ""), request.user)
        messages.success(
            request,
            _("%(user)s is now %(role)s.")
            % {"user": membership.user, "role": membership.get_role_display().lower()},
        )
    except NimbusError as error:
        messages.error(request, error.said())
    return redirect("accounts:members", organization.id)


@login_required
@require_POST
@fresh_login_required
def remove(request: Visit, organization_id: str, user_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    if user_id != request.user.id:
        require(request.user, organization, MANAGERS)
    membership = get_object_or_404(organization.memberships.select_related("user"), user_id=user_id)
    try:
        members.remove(membership, request.user)
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("accounts:members", organization.id)
    if user_id == request.user.id:
        messages.success(request, _("You left %(name)s.") % {"name": organization.name})
        return redirect("home")
    messages.success(request, _("%(user)s has no access any more.") % {"user": membership.user})
    return redirect("accounts:members", organization.id)


@login_required
@require_POST
def withdraw(request: Visit, organization_id: str, invitation_id: int) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, MANAGERS)
    members.withdraw(get_object_or_404(organization.invitations, id=invitation_id), request.user)
    messages.success(request, _("Invitation withdrawn. Its link does not work any more."))
    return redirect("accounts:members", organization.id)


@login_required
@never_cache
def invitation(request: Visit, token: str) -> HttpResponse:
    """Shows who invites to what; a POST joins."""
    try:
        found = members.invitation_of(token)
        if request.method == "POST":
            joined = members.accept(token, request.user)
            messages.success(request, _("Welcome to %(name)s.") % {"name": joined.organization.name})
            return redirect("accounts:members", joined.organization_id)
    except NimbusError as error:
        return render(request, "accounts/invitation.html", {"error": error.said()}, status=error.status)
    return render(request, "accounts/invitation.html", {"invitation": found})
