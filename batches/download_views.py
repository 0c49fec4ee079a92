"""The optimised site as a file."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.visitors import Visit
from batches import archives
from batches.views import batch_for
from nimbus import artifacts
from nimbus.errors import NimbusError


@require_safe
@login_required
def download(request: Visit, batch_id: str) -> HttpResponseBase:
    """The uploaded site with the approved text written in; a batch without a ZIP says so."""
    batch = batch_for(request.user, batch_id)
    try:
        artifact = archives.build(batch)
        file = artifacts.open_checked(artifact.key)
    except NimbusError as error:
        messages.error(request, error.message)
        return redirect("batches:detail", batch.id)
    return FileResponse(file, as_attachment=True, filename=artifact.name or f"{batch.id}.zip")
