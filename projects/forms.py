"""What people may write about a project."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.models.organization import Membership
from accounts.visitors import MANAGERS
from nimbus.errors import InvalidError
from projects import domains
from projects.models import Project

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


class SettingsForm(forms.Form):
    name = forms.CharField(max_length=120, label=_("Name"))
    tier = forms.ChoiceField(choices=TIERS, label=_("Tier"), help_text=_("For new batches."))
    review_mode = forms.ChoiceField(choices=REVIEW_MODES, label=_("Review"))
    review_threshold = forms.FloatField(
        min_value=0, max_value=1, label=_("Confidence for automatic approval"), help_text=_("0 to 1.")
    )
    max_pages_per_batch = forms.IntegerField(
        min_value=1, max_value=100_000, label=_("Pages per batch at most")
    )
    default_concurrency = forms.IntegerField(min_value=1, max_value=200, label=_("Pages in flight at most"))
    ai_model = forms.CharField(
        max_length=80,
        required=False,
        label=_("Model"),
        help_text=_("Empty means the installation's own choice."),
    )
    preview = forms.BooleanField(required=False, label=_("Keep each page's HTML for the preview"))
    content_days = forms.IntegerField(
        min_value=1, max_value=3650, required=False, label=_("Days that pages' HTML and archives are kept"),
        help_text=_("Empty means the installation's own number."),
    )  # fmt: skip
    hero_selector = forms.CharField(
        max_length=200,
        required=False,
        label=_("Seen first"),
        help_text=_("What is above the fold, as in: section.hero, #top. Empty means that Nimbus guesses."),
    )
    og_follows = forms.BooleanField(
        required=False, label=_("Social titles and descriptions (og:, twitter:) follow those of the page")
    )
    json_ld = forms.BooleanField(
        required=False, label=_("Work on headline, description and name in the page's JSON-LD (tier Full)")
    )
    shared_blocks = forms.BooleanField(
        required=False, label=_("Work on navigation and footer, once for all pages (tier Full)")
    )
    masked_reuse = forms.BooleanField(
        required=False,
        label=_("Let pages share a text that differs only in place, brand or other dimensions"),
    )
    judge = forms.BooleanField(
        required=False,
        label=_("Ask the model for a second opinion on each text (costs about as much again)"),
    )

    @classmethod
    def of(cls, project: Project) -> "SettingsForm":
        initial = {name: project.setting(name) for name in cls.base_fields if name not in {"name", "tier"}}
        return cls(initial={**initial, "name": project.name, "tier": project.setting("optimization_tier")})
