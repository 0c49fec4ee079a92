"""The dashboard's page about an organization's own AI provider."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import provider_keys
from accounts.member_views import organization_for
from accounts.models import Organization
from accounts.organization_views import context
from accounts.proof import fresh_login_required, fresh_visit_required
from accounts.visitors import MANAGERS, Visit, require
from nimbus.errors import NimbusError


class ProviderKeyForm(forms.Form):
    secret = forms.CharField(
        max_length=provider_keys.MOST,
        label=_("Key"),
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("Tried before it is kept, then encrypted and never shown again."),
    )
    base_url = forms.CharField(
        max_length=200,
        required=False,
        label=_("Address"),
        help_text=_("A server that speaks OpenAI's format, as in https://llm.acme.com/v1. Empty: OpenAI."),
    )


@login_required
@fresh_visit_required
def overview(request: Visit, organization_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, MANAGERS)
    form = ProviderKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and added(form, organization, request):
        return redirect("accounts:provider_keys", organization.id)
    keys = organization.provider_keys.order_by("-created_at")
    page = context(request.user, organization, form=form, keys=keys)
    return render(request, "accounts/provider_keys.html", page, status=422 if form.errors else 200)


def added(form: ProviderKeyForm, organization: Organization, request: Visit) -> bool:
    try:
        provider_keys.check(**form.cleaned_data)
        provider_keys.add(organization, request.user, **form.cleaned_data)
    except NimbusError as error:
        form.add_error(error.field if error.field in form.fields else None, error.said())
        return False
    messages.success(request, _("The key works and is used from the next page on."))
    return True


@login_required
@require_POST
@fresh_login_required
def revoke(request: Visit, organization_id: str, key_id: str) -> HttpResponse:
    organization = organization_for(request, organization_id)
    require(request.user, organization, MANAGERS)
    if provider_keys.revoke(get_object_or_404(organization.provider_keys, id=key_id), request.user):
        messages.success(request, _("Revoked. Its secret is deleted here; revoke it at the provider, too."))
    return redirect("accounts:provider_keys", organization.id)
