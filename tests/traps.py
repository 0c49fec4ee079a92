"""A world in which every text that somebody outside can write is a trap for the browser that shows it."""

import orjson
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from accounts import audit, members
from accounts.models import Invitation, ProviderKey, SupportVisit, User
from batches import reports, results, shares
from batches.models import (
    Artifact,
    Batch,
    Decision,
    OutboxMail,
    Page,
    PageRun,
    PageSnapshot,
    Suggestion,
    WebhookDelivery,
    WebhookEndpoint,
)
from nimbus import artifacts, packing
from projects.models import APIKey, Brief, MemoryEntry
from tests.cast import block
from tests.furniture import furnish

# Out of an attribute, out of a text, by two elements that need no click.
TRAP = "\"'><svg onload=xss()><img src=x: onerror=xss()>"
LINK = "https://x.test/" + TRAP
EXTRACTION = {
    "engine": "html",
    "head": {"title": TRAP, "metaDescription": TRAP, "lang": "en"},
    "dimensions": {TRAP: TRAP},
    "above_fold_blocks": [block(TRAP.replace("<", "&lt;"), "h1")],
    "rest_of_page_blocks": [block(TRAP.replace("<", "&lt;"), number=2)],
    "selector_map": {},
}
VERDICTS = [{"check": "facts", "level": "hold", "message": TRAP}]
FACTS = {"facts": [TRAP, {"text": TRAP, "when": {TRAP: TRAP}}], "keep": [TRAP], "prefer": {TRAP: TRAP}}
# What keys, builds, people, providers and models write, and where it is kept.
PLANTED = {
    User: {"name": TRAP},
    Batch: {"label": TRAP, "plan": {"refused": [{"source_path": TRAP, "code": TRAP, "message": TRAP}]}},
    Page: {"source_path": TRAP, "dimensions": {TRAP: TRAP}, "family": TRAP, "path": "/" + TRAP},
    PageRun: {"title": TRAP, "error_message": TRAP, "lease_owner": TRAP, "model": TRAP, "status": "done"},
    PageSnapshot: {"body": packing.pack(orjson.dumps(EXTRACTION))},
    Suggestion: {"original": TRAP, "text": TRAP, "decided_text": TRAP, "verdicts": VERDICTS, "level": "hold"},
    Decision: {"text": TRAP, "reason": TRAP},
    Brief: {"content": FACTS | {"voice": TRAP, "audience": TRAP, "tone": "own", "tone_words": TRAP}},
    MemoryEntry: {"text": TRAP},
    APIKey: {"name": TRAP},
    ProviderKey: {"base_url": LINK},
    WebhookEndpoint: {"url": LINK},
    WebhookDelivery: {"payload": {TRAP: TRAP}, "attempts": [{"at": "now", "status": 500, "error": TRAP}]},
    Invitation: {"email": TRAP},
    SupportVisit: {"reason": TRAP},
    UserSession: {"user_agent": TRAP},
    Artifact: {"name": TRAP},
    OutboxMail: {"subject": TRAP, "text": TRAP, "last_error": TRAP},
}


@transaction.atomic
def plant(project, person):
    """The ids of a furnished project whose every text is a trap; mails and reports are made of it."""
    organization = project.organization
    organization.name = project.name = TRAP
    project.settings = {"hero_selector": TRAP, "ai_model": TRAP}
    organization.save()
    project.save()
    ids = furnish(project, person)
    for model, texts in PLANTED.items():
        assert model.objects.update(**texts), model
    batch = Batch.objects.get()
    Suggestion.objects.update(review="pending")
    batch.refresh_from_db()
    members.invite(organization, "guest@new.test", "viewer", person)
    audit.record(project, "batch.created", actor=person, message=TRAP, data={"reason": TRAP})
    Batch.objects.update(status="processing", submitted_at=timezone.now(), started_at=timezone.now())
    results.finish([batch.id])
    shares.create(Batch.objects.get(), "report", 7, person)
    written = members.letter(Invitation.objects.latest("pk"), "https://nimbus.test/").alternatives[0][0]
    OutboxMail.objects.filter(kind="report").update(html=written)
    reports.queue_report(Batch.objects.get())
    mails = list(OutboxMail.objects.exclude(html=""))
    assert {"report", "batch_report"} <= {mail.kind for mail in mails}, mails
    return ids | {"mails": [mail.pk for mail in mails]}


def files(ids):
    """What is read outside of the dashboard: mails, and the report that a link shows to anybody."""
    found = {f"mail {mail.kind} {mail.pk}": mail.html for mail in OutboxMail.objects.exclude(html="")}
    for row in Artifact.objects.filter(kind="report").exclude(key="0"):
        found[f"report {row.pk}"] = artifacts.path_of(row.key).read_text()
    return found
