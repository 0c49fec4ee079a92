"""Taking one's data along, and having it erased."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import erasure, exports, organizations
from accounts.member_views import organization_for
from accounts.models import DataExport, Organization, User
from accounts.models.organization import Role
from accounts.proof import fresh_login_required
from accounts.visitors import Visit, require
from nimbus import artifacts
from nimbus.errors import NimbusError

OWNERS = frozenset({Role.OWNER})


def newest(user: User, organization: Organization | None = None) -> Any:
    """One's own last copies of this; somebody else's copy is somebody else's."""
    mine = DataExport.objects.filter(user=user, organization_id=organization.id if organization else "")
    return mine.filter(expires_at__gt=timezone.now()).order_by("-id")[:3]


@login_required
@require_POST
@fresh_login_required
def export_person(request: Visit) -> HttpResponse:
    exports.ask(request.user)
    messages.success(request, _("Your data is being packed. It will be here in a minute."))
    return redirect("accounts:profile")


@login_required
@require_POST
@fresh_login_required
def export_organization(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, OWNERS)
    exports.ask(request.user, organization)
    messages.success(request, _("Everything is being packed. It will be here in a few minutes."))
    return redirect("accounts:organization", organization.id)


@login_required
def download(request: Visit, export_id: int) -> Any:
    export = get_object_or_404(DataExport, pk=export_id, user=request.user, status=DataExport.Status.READY)
    if export.expires_at <= timezone.now():
        raise Http404
    if export.organization_id:
        require(request.user, organization_for(request, export.organization_id), OWNERS)
    name = f"nimbus-{export.organization_id or 'account'}-{export.created_at:%Y-%m-%d}.zip"
    try:
        file = artifacts.open_checked(export.key)
    except NimbusError as error:
        raise Http404 from error
    return FileResponse(file, as_attachment=True, filename=name)


@login_required
@require_POST
@fresh_login_required
def delete_organization(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, OWNERS)
    if request.POST.get("name", "").strip() != organization.name:
        messages.error(
            request, _("Type %(name)s to delete it. Nothing was changed.") % {"name": organization.name}
        )
        return redirect("accounts:organization", organization.id)
    try:
        organizations.ask_deletion(organization, request.user)
        messages.success(
            request, _("%(name)s is closed and will be erased in 14 days.") % {"name": organization.name}
        )
    except NimbusError as error:
        messages.error(request, error.said())
    return redirect("accounts:organization", organization.id)


@login_required
@require_POST
@fresh_login_required
def keep_organization(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, OWNERS)
    organizations.withdraw_deletion(organization, request.user)
    messages.success(request, _("%(name)s stays.") % {"name": organization.name})
    return redirect("accounts:organization", organization.id)


@login_required
@require_POST
@fresh_login_required
def erase_person(request: Visit) -> HttpResponse:
    user = request.user
    if request.POST.get("email", "").strip().lower() != user.email.lower():
        messages.error(request, _("Type your email address to erase your account. Nothing was changed."))
        return redirect("accounts:profile")
    try:
        erasure.ask_person(user)
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("accounts:profile")
    logout(request)
    messages.info(request, _("Your account is closed and will be erased within the hour."))
    return redirect("account_login")
