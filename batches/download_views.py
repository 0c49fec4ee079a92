"""A batch's files and a project's audit log as downloads."""

import base64

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.proof import fresh_login_required
from accounts.visitors import Visit
from batches import bundles, shares
from batches.models import Artifact
from batches.views import batch_for
from nimbus import artifacts
from nimbus.errors import NimbusError
from projects.frames import project_for


@require_safe
@login_required
def download(request: Visit, batch_id: str, what: str = "site") -> HttpResponseBase:
    """One file of a batch as it is now; a batch without a ZIP has no site and says so."""
    batch = batch_for(request.user, batch_id)
    try:
        return answer(shares.make(batch, what))
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("batches:detail", batch.id)


@require_POST
@login_required
@fresh_login_required
def audit_log(request: Visit, project_id: str) -> HttpResponseBase:
    project = project_for(request.user, project_id)
    try:
        return answer(bundles.project_audit(project, request.user))
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("projects:detail", project.id)


def answer(artifact: Artifact) -> FileResponse:
    """The file, once its content was found to be what its name says, and that sum for the reader."""
    response = FileResponse(artifacts.open_checked(artifact.key), as_attachment=True, filename=artifact.name)
    digest = base64.b64encode(bytes.fromhex(artifact.sha256)).decode()
    response["Repr-Digest"] = f"sha-256=:{digest}:"
    return response
