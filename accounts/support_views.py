"""The support admin's own pages: finding anything, and looking into an organization."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import support
from accounts.models import Organization, SupportVisit
from nimbus.errors import NimbusError


def page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    if not request.user.has_perm("accounts.view_organization"):
        raise PermissionDenied
    visits = SupportVisit.objects.open_for(request.user).order_by("ends_at")
    context |= {"visits": visits, **admin.site.each_context(request)}
    return render(request, template, context, status=status)


def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "")
    return page(
        request, "admin/support_search.html", title="Search", words=words, found=support.search(words)
    )


def look(request: HttpRequest, organization_id: str) -> HttpResponse:
    """Asks for the reason; a POST opens the organization."""
    organization = get_object_or_404(Organization, id=organization_id)
    error = ""
    if request.method == "POST" and request.user.has_perm("accounts.view_organization"):
        try:
            staff: Any = request.user
            visit = support.enter(organization, staff, request.POST.get("reason", ""))
            messages.success(
                request,
                _("You see %(name)s until %(ends_at)s UTC.")
                % {"name": organization.name, "ends_at": f"{visit.ends_at:%H:%M}"},
            )
            return redirect("admin:support_search")
        except NimbusError as trouble:
            error = trouble.said()
    return page(
        request,
        "admin/support_look.html",
        422 if error else 200,
        title=f"Look into {organization.name}",
        organization=organization,
        error=error,
    )


@require_POST
def leave(request: HttpRequest, visit_id: int) -> HttpResponse:
    support.leave(get_object_or_404(SupportVisit, pk=visit_id, staff_id=request.user.pk))
    return redirect("admin:support_search")
