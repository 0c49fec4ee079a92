"""What people may send to start a batch."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batches import archives, caps
from batches.models import Batch, WebhookEndpoint
from batches.waves import Pilot
from batches.webhooks import EVENTS, endpoints
from nimbus.errors import NimbusError
from projects import prices
from projects.forms import LANES, TIERS
from projects.models import Project

MICRO = 1_000_000


class PilotForm(forms.Form):
    """How a batch may begin: a sample first, then waves."""

    size = forms.IntegerField(
        min_value=1, max_value=1_000, initial=Pilot().size, label=_("Pages in the pilot"),
        help_text=_("Chosen so that they show as many values of every dimension as they can."),
    )  # fmt: skip
    wave_size = forms.IntegerField(
        min_value=1, max_value=100_000, initial=Pilot().wave_size, label=_("Pages in a wave"),
        help_text=_("After your review, the others follow this many at a time."),
    )  # fmt: skip
    most_held = forms.IntegerField(
        min_value=0, max_value=100, initial=round(Pilot().most_held * 100),
        label=_("Stop when checks hold more than"), help_text=_("Percent of a wave's texts."),
    )  # fmt: skip
    most_rejected = forms.IntegerField(
        min_value=0, max_value=100, initial=round(Pilot().most_rejected * 100),
        label=_("Stop when people reject more than"), help_text=_("Percent of the texts they decided on."),
    )  # fmt: skip


class StartForm(PilotForm):
    """How a batch starts, and what it may cost."""

    lane = forms.ChoiceField(choices=LANES, label=_("Lane"), widget=forms.RadioSelect, required=False)
    pilots = forms.BooleanField(
        required=False, label=_("Begin with a pilot: a few pages first, live, then my review")
    )
    cap = forms.DecimalField(
        min_value=0, max_value=caps.MOST // MICRO, decimal_places=6, required=False,
        label=_("Spend at most, in dollars"), help_text=_("The batch pauses before a call could pass it."),
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and not self.data.get("pilots"):
            # Numbers of a pilot that nobody wants need not be right.
            for name in PilotForm.base_fields:
                self.fields[name].disabled = True

    @classmethod
    def of(cls, batch: Batch, cap: int | None) -> "StartForm":
        pilot = Pilot.of(batch)
        shown = pilot or Pilot()
        return cls(
            initial={
                "lane": batch.lane,
                "pilots": pilot is not None,
                "size": shown.size,
                "wave_size": shown.wave_size,
                "most_held": round(shown.most_held * 100),
                "most_rejected": round(shown.most_rejected * 100),
                "cap": None if cap is None else f"{cap / MICRO:.6f}".rstrip("0").rstrip("."),
            }
        )

    @property
    def pilot(self) -> Pilot | None:
        data = self.cleaned_data
        if not data["pilots"]:
            return None
        held, rejected = data["most_held"] / 100, data["most_rejected"] / 100
        return Pilot(data["size"], data["wave_size"], held, rejected)

    @property
    def microdollars(self) -> int | None:
        """None, where the field was left empty, is no cap."""
        cap = self.cleaned_data["cap"]
        return None if cap is None else int(cap * MICRO)


class UploadForm(StartForm):
    file = forms.FileField(
        label=_("ZIP of the built site"), widget=forms.FileInput({"accept": ".zip,application/zip"})
    )
    tier = forms.ChoiceField(choices=TIERS, label=_("Tier"), widget=forms.RadioSelect)
    waits = forms.BooleanField(required=False, label=_("Show me what it costs before it starts"))

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "tier": project.setting("optimization_tier"),
            "lane": project.setting("lane"),
            # Where a model is paid, people see the quote first, unless they say otherwise.
            "waits": prices.is_paid(project.organization_id),
        }
        super().__init__(*args, **kwargs)
        self.project = project

    def receive(self, by: Any) -> Batch | None:
        """The new batch; None where the archive was refused, with the reason beside the file."""
        data = self.cleaned_data
        options: dict[str, Any] = {"cap": self.microdollars, "pilot": self.pilot, "lane": data["lane"]}
        if self.pilot:
            # Waiting a day for a sample would help nobody.
            options["lane"] = Batch.Lane.LIVE
        try:
            return archives.receive(
                self.project, data["file"], data["tier"], by, submits=not data["waits"], **options
            )
        except NimbusError as error:
            self.add_error("file", error.said())
            return None


class WebhookForm(forms.Form):
    url = forms.CharField(
        max_length=2000,
        label=_("URL"),
        help_text=_("An https:// address on the public Internet, without a port."),
    )
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in EVENTS], label=_("Events"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def create(self, by: Any) -> tuple[WebhookEndpoint, str] | None:
        """The endpoint and its secret; None where the address was refused, with the reason beside it."""
        try:
            return endpoints.create(self.project, by, self.cleaned_data["url"], self.cleaned_data["events"])
        except NimbusError as error:
            self.add_error("url", error.said())
            return None
