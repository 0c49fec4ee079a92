"""The dashboard's page about one's own account."""

from typing import Any

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


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=120, required=False, label=_("Name"), help_text=_("Shown beside your decisions.")
    )


@login_required
def profile(request: Visit) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        request.user.name = form.cleaned_data["name"]
        with transaction.atomic():
            request.user.save(update_fields=["name"])
            audit.record(request.user, "user.renamed", actor=request.user, target=request.user)
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
