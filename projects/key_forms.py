"""What people may say about an API key."""

import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from projects.keyring import OVERLAP_HOURS

SCOPES = [
    ("upload", "Upload pages"),
    ("read", "Read batches and results"),
    ("apply", "Report what was applied"),
    ("admin", "Everything, settings too"),
]
LIFETIMES = [("", "Until revoked"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]
MOST_NETWORKS = 50


def new_token() -> str:
    """Goes with a form, so that sending it twice does one thing."""
    return secrets.token_urlsafe(16)


class KeyForm(forms.Form):
    form_token = forms.CharField(max_length=32, widget=forms.HiddenInput, initial=new_token)
    name = forms.CharField(max_length=80, label="Name", help_text="Where the key lives, as in: build server.")
    kind = forms.ChoiceField(
        choices=[("live", "Live"), ("test", "Test: uses the offline engine and never spends")], label="Kind"
    )
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        initial=["upload", "read", "apply"],
        widget=forms.CheckboxSelectMultiple,
        label="May",
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, required=False, label="Works")
    networks = forms.CharField(
        required=False,
        max_length=2500,
        label="Only from",
        widget=forms.Textarea({"rows": 2}),
        help_text="Addresses or networks, one a line, as in 192.0.2.7. Empty: from anywhere.",
    )

    def clean_networks(self) -> list[str]:
        lines = self.cleaned_data["networks"].split()
        if len(lines) > MOST_NETWORKS:
            raise forms.ValidationError(f"At most {MOST_NETWORKS} networks.")
        try:
            return [str(ipaddress.ip_network(line, strict=False)) for line in lines]
        except ValueError as error:
            raise forms.ValidationError(
                "Write an address or a network a line, as in 192.0.2.0/24."
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
        choices=[(str(hours), f"for {hours} hours more" if hours else "no more") for hours in OVERLAP_HOURS],
        coerce=int,
        label="The old key works",
        initial="24",
    )
