"""The Usage screen of an organization: what was spent, on what, and the caps that hold it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from accounts.proof import fresh_login_required
from accounts.visitors import MANAGERS, Visit, own_organization, require
from batches import caps, usage_charts
from batches.views import batch_for
from projects import books, usage
from projects.books import Holder
from projects.models import Project

MICRO = 1_000_000
LANES = {"live": _("Live"), "economy": _("Economy, at half the price")}


class CapForm(forms.Form):
    owner = forms.CharField(max_length=40, widget=forms.HiddenInput)
    cap = forms.DecimalField(
        min_value=0,
        max_value=caps.MOST // MICRO,
        decimal_places=6,
        required=False,
        label=_("Cap in dollars"),
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal", "autocomplete": "off"}),
    )

    @property
    def microdollars(self) -> int | None:
        """None, where the field was left empty, is no cap."""
        cap = self.cleaned_data["cap"]
        return None if cap is None else int(cap * MICRO)


def organization_for(request: Visit, organization_id: str) -> Organization:
    """404 for a stranger's organization exactly as for an unknown one."""
    return get_object_or_404(Organization.objects.for_user(request.user), id=organization_id)


@login_required
@require_safe
def own(request: Visit) -> HttpResponse:
    """The address that mails name."""
    organization = own_organization(request.user)
    return redirect("batches:usage", organization.id) if organization else redirect("home")


@login_required
@require_safe
def overview(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    projects = list(Project.objects.filter(organization=organization, deleted_at=None).order_by("name"))
    month = usage.Month.of(request.GET.get("month", ""))
    chosen = [project for project in projects if project.id == request.GET.get("project")]
    found = usage.rows(chosen or projects, month)
    holders = [Holder("", project.id, organization.id) for project in projects]
    held = books.look([*holders, Holder("", "", organization.id)])
    names = {project.id: project.name for project in projects}
    by_project = usage.by(found, "project")
    context: dict[str, Any] = {
        "shell": {"organization": organization, "section": "usage"},
        "organization": organization,
        "manages": organization.role_of(request.user) in MANAGERS,
        "month": month,
        "projects": projects,
        "chosen": chosen[0] if chosen else None,
        "sums": usage.sums(found),
        "chart": usage_charts.days(found, month),
        "by_project": usage_charts.shares([(names[row["project"]], row) for row in by_project]),
        "by_model": usage_charts.shares([(row["model"], row) for row in usage.by(found, "model")]),
        "by_lane": usage_charts.shares(
            [(LANES.get(row["lane"], row["lane"]), row) for row in usage.by(found, "lane")]
        ),
        "total": held.of(organization.id),
        "caps": [(project, held.of(project.id)) for project in projects],
    }
    return render(request, "batches/usage.html", context)


@login_required
@require_POST
@fresh_login_required
def set_cap(request: Visit, organization_id: str) -> HttpResponse:
    """The month of the organization, or of one of its projects."""
    organization = organization_for(request, organization_id)
    require(request.user, organization, MANAGERS)
    form = CapForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A cap is an amount from 0 to 1,000,000 dollars, or empty for none."))
        return redirect("batches:usage", organization.id)
    owner = form.cleaned_data["owner"]
    if owner == organization.id:
        caps.set_of_organization(organization, request.user, form.microdollars)
    else:
        project = get_object_or_404(organization.projects, id=owner, deleted_at=None)
        caps.set_of_project(project, request.user, form.microdollars)
    messages.success(request, _("Cap saved. Batches that waited for it go on."))
    return redirect("batches:usage", organization.id)


@login_required
@require_POST
@fresh_login_required
def set_batch_cap(request: Visit, batch_id: str) -> HttpResponse:
    batch = batch_for(request.user, batch_id, MANAGERS)
    form = CapForm({"owner": batch.id, "cap": request.POST.get("cap", "")})
    if form.is_valid():
        caps.set_of_batch(batch, request.user, form.microdollars)
        messages.success(request, _("Cap saved."))
    else:
        messages.error(request, _("A cap is an amount from 0 to 1,000,000 dollars, or empty for none."))
    return redirect("batches:detail", batch.id)
