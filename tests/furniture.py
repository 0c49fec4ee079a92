"""One row of everything that a tenant can own, and its ids as addresses name them."""

import hashlib
import uuid
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts.models import DataExport, Invitation, ProviderKey, SupportVisit
from batches.models import (
    Artifact,
    Batch,
    Decision,
    GroupDecision,
    ModelCall,
    OutboxMail,
    Page,
    PageRun,
    PageSnapshot,
    ProviderBatch,
    Suggestion,
    WebhookDelivery,
    WebhookEndpoint,
)
from nimbus import artifacts, ids, packing, secrets
from nimbus.models import IdempotencyRecord
from projects.models import (
    APIKey,
    APIKeyUsage,
    Brief,
    MemoryEntry,
    SavedView,
    SpendDay,
    SpendEntry,
    SpendTotal,
)


def furnish(project, person):
    """A batch with one page in work and one suggestion, and all that may come with it."""
    tenant = {"organization_id": project.organization_id}
    batch = Batch.objects.create(project=project, tier="meta", **tenant)
    number = hashlib.sha256(project.id.encode()).hexdigest()
    page = Page.objects.create(
        id="page_" + number[:24], project=project, domain=project.domain, path="/", **tenant
    )
    run = PageRun.objects.create(batch=batch, page=page, content_hash="0", **tenant)
    body = packing.pack(b'{"head": {}, "dimensions": {}, "above_fold_blocks": [], "rest_of_page_blocks": []}')
    PageSnapshot.objects.create(run=run, body=body, **tenant)
    suggestion = Suggestion.objects.create(
        batch=batch, run=run, page=page, target="title", kind="head", original="a", original_hash="0",
        text="b", **tenant,
    )  # fmt: skip
    group = GroupDecision.objects.create(batch=batch, by=person.id, what="approve", count=1, **tenant)
    Decision.objects.create(suggestion=suggestion, by=person.id, what="approve", group=group, **tenant)
    ModelCall.objects.create(
        id=uuid.uuid4(), project=project, batch=batch, runs=[run.id], purpose="optimize", request_hash="0",
        sent_at=timezone.now(), **tenant,
    )  # fmt: skip
    ProviderBatch.objects.create(batch=batch, **tenant)
    key, _ = APIKey.objects.issue(project.organization, "CI", project=project)
    APIKeyUsage.objects.create(key=key, day=timezone.now().date(), **tenant)
    Brief.objects.create(project=project, version=1, **tenant)
    today = timezone.now().date()
    SpendEntry.objects.create(
        project=project, call=uuid.uuid4(), kind="settle", microdollars=1, day=today, **tenant
    )
    SpendTotal.objects.create(key=project.id, owner=project.id, **tenant)
    SpendDay.objects.create(project=project, day=today, model="m", lane="live", **tenant)
    MemoryEntry.objects.create(project=project, key_hash="0", text="b", source="model", **tenant)
    provider_key = ProviderKey.objects.create(
        ciphertext=secrets.encrypt("sk-0"), encryption_key_id="0", hint="0000", **tenant
    )
    SupportVisit.objects.create(staff=person, reason="To help", ends_at=timezone.now(), **tenant)
    export = DataExport.objects.create(
        user=person, status="ready", key=artifacts.put(project.organization_id, "exports", b"-")[0], **tenant
    )
    IdempotencyRecord.objects.create(
        key="0", api_key=key.id, body_hash="0", expires_at=timezone.now(), **tenant
    )
    view = SavedView.objects.create(
        project=project, place="pages", name="Failed", query="status=failed", created_by=person.id, **tenant
    )
    artifact = Artifact.objects.create(
        project=project, batch=batch, kind="upload", key="0", sha256="0", size=1, **tenant
    )
    share = Artifact.objects.create(
        project=project, batch=batch, kind="report", key="0", sha256="0", size=1, name="report.html",
        expires_at=timezone.now() + timedelta(hours=1), **tenant,
    )  # fmt: skip
    mail = OutboxMail.objects.create(
        kind="report", to=person.email, subject="Done", text="Done", message_id=f"{project.id}@x", **tenant
    )
    endpoint = WebhookEndpoint.objects.create(
        project=project,
        url=f"https://{project.domain}/",
        secret_ciphertext=secrets.encrypt("whsec_0"),
        **tenant,
    )
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event="batch.completed", payload={}, **tenant
    )
    session = UserSession.objects.create(
        user=person, ip="192.0.2.1", session_key=person.id, user_agent="Mozilla"
    )
    token = ids.base32(32)
    invitation = Invitation.objects.create(
        email="dora@new.test", token_digest=token, expires_at=timezone.now(), **tenant
    )
    return {
        "organization_id": project.organization_id, "user_id": person.id, "project_id": project.id,
        "invitation_id": str(invitation.pk), "token": token, "endpoint_id": endpoint.id,
        "message_id": delivery.message_id, "batch_id": batch.id, "page_id": page.id, "run_id": str(run.id),
        "suggestion_id": suggestion.id, "group_id": str(group.pk), "key_id": key.id,
        "artifact_id": str(artifact.pk),
        "share_id": str(share.pk), "view_id": str(view.pk),
        "mail_id": str(mail.pk), "session_id": str(session.pk), "export_id": str(export.pk),
        "provider_key_id": provider_key.id,
    }  # fmt: skip
