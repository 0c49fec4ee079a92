"""What people may send to start a batch."""

from typing import Any

from django import forms

from batches import archives
from batches.models import Batch
from nimbus.errors import NimbusError
from projects.forms import TIERS
from projects.models import Project


class UploadForm(forms.Form):
    file = forms.FileField(
        label="ZIP of the built site", widget=forms.FileInput({"accept": ".zip,application/zip"})
    )
    tier = forms.ChoiceField(choices=TIERS, label="Tier", widget=forms.RadioSelect)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"tier": project.setting("optimization_tier")}
        super().__init__(*args, **kwargs)
        self.project = project

    def receive(self, by: Any) -> Batch | None:
        """The new batch; None where the archive was refused, with the reason beside the file."""
        data = self.cleaned_data
        try:
            return archives.receive(self.project, data["file"], data["tier"], by)
        except NimbusError as error:
            self.add_error("file", error.message)
            return None
