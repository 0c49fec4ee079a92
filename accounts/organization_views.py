"""The organization's own page: its name, what it asks of its people, and who owns it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import members, organizations, rights_views
from accounts.member_views import organization_for
from accounts.models import Organization, SupportVisit, User
from accounts.proof import fresh_login_required
from accounts.visitors import MANAGERS, OWNERS, Visit, require
from nimbus.errors import NimbusError


class OrganizationForm(forms.Form):
    name = forms.CharField(max_length=120, label=_("Name"))
    requires_mfa = forms.BooleanField(
        required=False, label=_("Members need a second factor to see anything of this organization")
    )


def context(user: User, organization: Organization, **more: Any) -> dict[str, Any]:
    return {
        "shell": {"organization": organization, "section": "organization"},
        "organization": organization,
        "role": organization.role_of(user),
        **more,
    }


@login_required
@fresh_login_required
def settings(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    if request.method == "POST":
        require(request.user, organization, MANAGERS)
    initial = {"name": organization.name, "requires_mfa": organization.requires_mfa}
    form = OrganizationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        organizations.update(organization, request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:organization", organization.id)
    others = organization.memberships.exclude(user=request.user).select_related("user")
    page = context(request.user, organization, form=form, others=others.order_by("created_at"))
    page["visits"] = SupportVisit.objects.open().filter(organization_id=organization.id)
    page["manages"] = page["role"] in MANAGERS
    page["deleted"] = organization.projects.deleted().order_by("deleted_at")
    page["exports"] = rights_views.newest(request.user, organization)
    return render(request, "accounts/organization.html", page, status=422 if form.errors else 200)


@login_required
@require_POST
@fresh_login_required
def transfer(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, OWNERS)
    membership = get_object_or_404(organization.memberships, user_id=request.POST.get("user", ""))
    try:
        members.transfer(membership, request.user)
        messages.success(
            request,
            _("%(user)s owns %(name)s now. You are an admin.")
            % {"user": membership.user, "name": organization.name},
        )
    except NimbusError as error:
        messages.error(request, error.said())
    return redirect("accounts:organization", organization.id)
