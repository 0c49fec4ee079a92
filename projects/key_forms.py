"""What people may say about an API key."""

import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from projects.keyring import OVERLAP_HOURS

SCOPES = [
    ("upload", _("Upload pages")),
    ("read", _("Read batches and results")),
    ("apply", _("Report what was applied")),
    ("admin", _("Everything, settings too")),
]
LIFETIMES = [("", _("Until revoked")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("A year"))]
MOST_NETWORKS = 50


def new_token() -> str:
    """Goes with a form, so that sending it twice does one thing."""
    return secrets.token_urlsafe(16)


class KeyForm(forms.Form):
    form_token = forms.CharField(max_length=32, widget=forms.HiddenInput, initial=new_token)
    name = forms.CharField(
        max_length=80, label=_("Name"), help_text=_("Where the key lives, as in: build server.")
    )
    kind = forms.ChoiceField(
        choices=[("live", _("Live")), ("test", _("Test: uses the offline engine and never spends"))],
        label=_("Kind"),
    )
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        initial=["upload", "read", "apply"],
        widget=forms.CheckboxSelectMultiple,
        label=_("May"),
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, required=False, label=_("Works"))
    networks = forms.CharField(
        required=False,
        max_length=2500,
        label=_("Only from"),
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Addresses or networks, one a line, as in 192.0.2.7. Empty: from anywhere."),
    )

    def clean_networks(self) -> list[str]:
        lines = self.cleaned_data["networks"].split()
        if len(lines) > MOST_NETWORKS:
            raise forms.ValidationError(_("At most %(most)s networks.") % {"most": MOST_NETWORKS})
        try:
            return [str(ipaddress.ip_network(line, strict=False)) for line in lines]
        except ValueError as error:
            raise forms.ValidationError(
                _("Write an address or a network a line, as in 192.0.2.0/24.")
            ) from error

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None

    def wishes(self) -> dict[str, Any]:
        names = ("name", "kind", "scopes", "networks", "form_token")
        return {name: self.cleaned_data[name] for name in names} | {"expires_at": self.expires_at()}


class RollForm(forms.Form):
    form_token = forms.CharField(max_length=32, widget=forms.HiddenInput, initial=new_token)
    hours = forms.TypedChoiceField(
        choices=[
            (
                str(hours),
                ngettext_lazy("for %d hour more", "for %d hours more", hours) % hours
                if hours
                else _("no more"),
            )
            for hours in OVERLAP_HOURS
        ],
        coerce=int,
        label=_("The old key works"),
        initial="24",
    )
