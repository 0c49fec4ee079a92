"""What people may send to start a batch."""

from typing import Any

from django import forms

from batches import archives
from batches.models import Batch, WebhookEndpoint
from batches.webhooks import EVENTS, endpoints
from nimbus.errors import NimbusError
from projects.forms import TIERS
from projects.models import Project


class UploadForm(forms.Form):
    file = forms.FileField(
        label="ZIP of the built site", widget=forms.FileInput({"accept": ".zip,application/zip"})
    )
    tier = forms.ChoiceField(choices=TIERS, label="Tier", widget=forms.RadioSelect)

    waits = forms.BooleanField(required=False, label="Show me what it costs before it starts")

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"tier": project.setting("optimization_tier")}
        super().__init__(*args, **kwargs)
        self.project = project

    def receive(self, by: Any) -> Batch | None:
        """The new batch; None where the archive was refused, with the reason beside the file."""
        data = self.cleaned_data
        try:
            return archives.receive(self.project, data["file"], data["tier"], by, submits=not data["waits"])
        except NimbusError as error:
            self.add_error("file", error.message)
            return None


class WebhookForm(forms.Form):
    url = forms.CharField(
        max_length=2000, label="URL", help_text="An https:// address on the public Internet, without a port."
    )
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in EVENTS], label="Events", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def create(self, by: Any) -> tuple[WebhookEndpoint, str] | None:
        """The endpoint and its secret; None where the address was refused, with the reason beside it."""
        try:
            return endpoints.create(self.project, by, self.cleaned_data["url"], self.cleaned_data["events"])
        except NimbusError as error:
            self.add_error("url", error.message)
            return None
