"""The dashboard's page about one's own account."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from accounts import audit, rights_views
from accounts.models import User
from accounts.visitors import Visit, own_organization

# As it is kept where nobody chose: then the browser's own zone counts.
OF_DEVICE = "UTC"


def zones() -> list[tuple[str, Any]]:
    named = sorted(zone for zone in available_timezones() if "/" in zone)
    return [(OF_DEVICE, _("Same as device")), *((zone, zone.replace("_", " ")) for zone in named)]


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=120, required=False, label=_("Name"), help_text=_("Shown beside your decisions.")
    )
    time_zone = forms.ChoiceField(
        choices=zones,
        required=False,
        label=_("Time zone"),
        help_text=_("Of every time in the dashboard and in summaries by mail."),
    )

    def clean_time_zone(self) -> str:
        return self.cleaned_data["time_zone"] or OF_DEVICE


@login_required
def profile(request: Visit) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, initial={"name": user.name, "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        was, user.name = user.name, form.cleaned_data["name"]
        user.time_zone = form.cleaned_data["time_zone"]
        with transaction.atomic():
            user.save(update_fields=["name", "time_zone"])
            if user.name != was:
                audit.record(user, "user.renamed", actor=user, target=user)
        messages.success(request, _("Saved."))
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
