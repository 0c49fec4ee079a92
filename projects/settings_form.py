"""A project's settings as people change them, each with what it does in plain words."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from projects.forms import LANES, REVIEW_MODES, TIERS
from projects.models import Project


class SettingsForm(forms.Form):
    name = forms.CharField(max_length=120, label=_("Name"))
    tier = forms.ChoiceField(
        choices=TIERS, label=_("Tier"), help_text=_("How much of each page new batches work on.")
    )
    lane = forms.ChoiceField(
        choices=LANES, label=_("Lane"), required=False,
        help_text=_("Where new batches go, unless somebody chooses otherwise."),
    )  # fmt: skip
    review_mode = forms.ChoiceField(
        choices=REVIEW_MODES, label=_("Review"),
        help_text=_("What a check holds waits for a person in every case."),
    )  # fmt: skip
    review_threshold = forms.FloatField(
        min_value=0, max_value=1, label=_("Confidence for automatic approval"),
        help_text=_("0 to 1; only where Review says “at this confidence or better”."),
    )  # fmt: skip
    max_pages_per_batch = forms.IntegerField(
        min_value=1, max_value=100_000, label=_("Pages per batch at most"),
        help_text=_("What a build sends beyond that is refused and named; a slip costs nothing."),
    )  # fmt: skip
    default_concurrency = forms.IntegerField(
        min_value=1, max_value=200, label=_("Pages in flight at most"),
        help_text=_("So many are worked on at once. More is faster, until the provider asks to slow down."),
    )  # fmt: skip
    ai_model = forms.CharField(
        max_length=80, required=False, label=_("Model"),
        help_text=_("Empty means the installation's own choice."),
    )  # fmt: skip
    judge = forms.BooleanField(
        required=False, label=_("Ask the model for a second opinion on each text"),
        help_text=_("Costs about as much again; what it objects to is held for you."),
    )  # fmt: skip
    hero_selector = forms.CharField(
        max_length=200, required=False, label=_("Seen first"),
        help_text=_("What is above the fold, as in: section.hero, #top. Empty means that Nimbus guesses."),
    )  # fmt: skip
    og_follows = forms.BooleanField(
        required=False, label=_("Social titles and descriptions follow those of the page"),
        help_text=_("What og: and twitter: say in links that people share."),
    )  # fmt: skip
    json_ld = forms.BooleanField(
        required=False, label=_("Work on the page's JSON-LD (tier Full)"),
        help_text=_("Its headline, description and name, which search engines read."),
    )  # fmt: skip
    shared_blocks = forms.BooleanField(
        required=False, label=_("Work on navigation and footer (tier Full)"),
        help_text=_("Once for all pages that share them."),
    )  # fmt: skip
    masked_reuse = forms.BooleanField(
        required=False, label=_("Let pages share a text that differs only in place, brand or the like"),
        help_text=_("Cheaper, and the pages sound more alike."),
    )  # fmt: skip
    preview = forms.BooleanField(
        required=False, label=_("Keep each page's HTML for the preview"),
        help_text=_("Without it a review shows the texts alone."),
    )  # fmt: skip
    content_days = forms.IntegerField(
        min_value=1, max_value=3650, required=False, label=_("Days that pages' HTML and archives are kept"),
        help_text=_("Empty means the installation's own number."),
    )  # fmt: skip

    SECTIONS = (
        ("general", _("In general"), ("name", "tier", "lane", "max_pages_per_batch")),
        ("review", _("Review"), ("review_mode", "review_threshold")),
        ("model", _("The model"), ("ai_model", "default_concurrency", "judge")),
        (
            "work",
            _("What is worked on"),
            ("hero_selector", "og_follows", "json_ld", "shared_blocks", "masked_reuse"),
        ),
        ("kept", _("What is kept"), ("preview", "content_days")),
    )

    @classmethod
    def of(cls, project: Project) -> "SettingsForm":
        initial = {name: project.setting(name) for name in cls.base_fields if name not in {"name", "tier"}}
        return cls(initial={**initial, "name": project.name, "tier": project.setting("optimization_tier")})

    @property
    def sections(self) -> list[tuple[str, Any, list[BoundField]]]:
        """The fields as the screen groups them."""
        return [(section, title, [self[name] for name in names]) for section, title, names in self.SECTIONS]

    @property
    def values(self) -> dict[str, Any]:
        """The settings, without the name; what was not said stays as it is."""
        said = dict(self.cleaned_data)
        said["optimization_tier"] = said.pop("tier")
        return {
            name: value for name, value in said.items() if name != "name" and (name, value) != ("lane", "")
        }
