"""What people may write about a project."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.models.organization import Membership
from accounts.visitors import MANAGERS
from nimbus.errors import InvalidError
from projects import domains

TIERS = [
    ("meta", _("Meta: title and description")),
    ("above-fold", _("Above the fold: meta, and what is seen first")),
    ("full", _("Full: every text of the page")),
]
TONES = [
    ("professional", _("Professional")),
    ("friendly", _("Friendly")),
    ("plain", _("Plain")),
    ("confident", _("Confident")),
    ("warm", _("Warm")),
]
LANES = [
    ("live", _("Live: starts now, at the full price")),
    ("economy", _("Economy: within a day, at half the price")),
]
REVIEW_MODES = [
    ("manual", _("A person decides on every change")),
    ("auto", _("Approve what passed every check; held ones wait")),
    ("auto_threshold", _("Approve what passed at this confidence or better")),
]


class ProjectForm(forms.Form):
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("Organization"), empty_label=None
    )
    name = forms.CharField(max_length=120, label=_("Name"), widget=forms.TextInput({"autocomplete": "off"}))
    domain = forms.CharField(
        max_length=253, label=_("Domain"), help_text=_("The site's host, as in kranich-reparatur.de")
    )
    tone = forms.ChoiceField(choices=TONES, label=_("Tone"))
    tier = forms.ChoiceField(
        choices=TIERS, label=_("Tier"), help_text=_("How deep Nimbus works on each page.")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = Membership.objects.filter(user=user, role__in=MANAGERS).values("organization")
        field: Any = self.fields["organization"]
        field.queryset = Organization.objects.filter(id__in=managed).order_by("created_at")
        field.initial = field.queryset.first()
        if field.queryset.count() == 1:
            field.widget = field.hidden_widget()

    def clean_domain(self) -> str:
        """The bare host: people paste whole addresses."""
        scheme, sign, rest = self.cleaned_data["domain"].strip().rpartition("://")
        try:
            return domains.clean_domain(scheme + sign + rest.partition("/")[0])
        except InvalidError:
            raise forms.ValidationError(_("Write the bare domain, as in kranich-reparatur.de")) from None
