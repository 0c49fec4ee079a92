"""Every mail with made-up content, for the previews of development. Nothing here is stored."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from accounts import members
from accounts.models import Invitation, Organization, User
from batches import mailbox, progress, reports
from batches.mail import account_samples, letters
from batches.models import Batch, OutboxMail, Page, PageRun, Suggestion, WebhookEndpoint
from nimbus import clock
from nimbus.deprecations import Deprecation
from projects import endings
from projects.models import Project

SITE = Project(id="proj_000000000000", name="Harbour Clinics", domain="harbour.example")
BATCH = Batch(
    id="batch_20261123_070000_SAMPLE", project=SITE, tier="above-fold", status="completed",
    label="Autumn relaunch", page_count=10_000, done_count=6_142, skipped_count=3_844, failed_count=14,
    change_count=18_310, pending_count=3_961, approved_count=13_902, rejected_count=447, held_count=212,
    cost_microdollars=18_900_000,
)  # fmt: skip
PAUSED = Batch(
    id=BATCH.id,
    project=SITE,
    tier="meta",
    status="paused",
    page_count=1_200,
    done_count=431,
    queued_count=769,
)
PAGE = Page(id="page_" + "0" * 24, project=SITE, domain=SITE.domain, path="/dentists/leeds")


def change(target: str, original: str, text: str, kind: str = "head", block_type: str = "") -> Suggestion:
    return Suggestion(
        id=f"sug_{target}", page=PAGE, target=target, kind=kind, block_type=block_type, original=original,
        text=text, confidence=0.97,
    )  # fmt: skip


def report() -> dict[str, Any]:
    failed = PageRun(page=PAGE, error_code="timeout", error_message="The provider gave no answer in 30 s.")
    examples = [
        change("title", "Home", "Dentist in Leeds, open until nine | Harbour Clinics"),
        change("metaDescription", "", "See a dentist in Leeds today: check-ups, crowns and emergency care."),
        change("b-1", "Welcome to our site", "Your dentist in the middle of Leeds", "block", "h1"),
    ]
    return {
        "batch": BATCH,
        "project": SITE,
        "examples": examples,
        "checks": [("claims", "hold", 148), ("length", "hold", 64), ("markup", "refuse", 9)],
        "errors": [failed],
        "cost": BATCH.cost_microdollars,
        "quote": {"likely": 19_400_000, "low": 17_100_000, "high": 21_700_000},
        "of_quote": 97,
        "url": "#",
        "review_url": "#",
        "bars": reports.bars(BATCH),
        "head": {"seq": 48_211, "hash": "4f" * 32, "signature": "9a" * 64},
    }


def paused() -> dict[str, Any]:
    title, way_out = progress.words("provider_quota")
    bars = reports.bars(PAUSED)[:1]
    return {"batch": PAUSED, "project": SITE, "title": title, "help": way_out, "bars": bars, "url": "#"}


def budget() -> dict[str, Any]:
    total = SimpleNamespace(
        kind="organization",
        name="the month's cap of the organization",
        owner="",
        cap=50_000_000,
        spent=40_200_000,
    )
    return {"total": total, "share": 80, "batch": None, "url": "#"}


def webhook() -> dict[str, Any]:
    endpoint = WebhookEndpoint(url="https://hooks.harbour.example/nimbus", disabled_reason="failing")
    return {"endpoint": endpoint, "project": SITE, "url": "#"}


def digest() -> dict[str, Any]:
    row = {
        "name": SITE.name, "batches": 4, "paused": 0, "done": 6_142, "failed": 14, "changes": 18_310,
        "pending": 3_961, "cost": 18_900_000, "share": 100, "url": "#",
    }  # fmt: skip
    other = row | {
        "name": "Harbour Journal",
        "batches": 1,
        "paused": 1,
        "done": 800,
        "pending": 0,
        "share": 13,
    }
    total = {"done": 6_942, "failed": 28, "pending": 3_961, "cost": 37_800_000}
    return {"rows": [row, other], "total": total, "span": "16 November to 22 November", "url": "#"}


def invitation() -> OutboxMail:
    """Written by accounts, which knows no outbox."""
    asked = Invitation(
        email="dora@harbour.example",
        role="editor",
        organization=Organization(name=SITE.name),
        expires_at=clock.now() + members.VALID_FOR,
    )
    return OutboxMail(**mailbox.written(members.letter(asked, settings.SITE_URL)))


def ending() -> OutboxMail:
    """Nothing ends today; this is how owners would hear of it."""
    lists = Deprecation(date(2027, 1, 11), date(2027, 9, 1), "/api/v2/batches/{batch_id}/pages")
    reader = User(id="user_sample", email="dora@harbour.example")
    used = "GET /api/v1/batches/batch_20261123_070000_SAMPLE/pages"
    organization = Organization(id="org_sample", name=SITE.name)
    return OutboxMail(**mailbox.written(endings.letter(organization, reader, lists, used, "api-batch-pages")))


# By the name of the templates: what is in them, and the kind in the outbox.
SAMPLES: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "report": (report, "batch_report"),
    "paused": (paused, "batch_paused"),
    "budget": (budget, "budget"),
    "webhook-disabled": (webhook, "webhook_disabled"),
    "digest": (digest, "weekly"),
}
# Written by others in words of their own.
LETTERS: dict[str, Callable[[], OutboxMail]] = {"invitation": invitation, "api-ending": ending}
# With a design of ours, and allauth's own.
OURS = (*SAMPLES, *LETTERS)
NAMES = (*OURS, *account_samples.TEMPLATES)


def make(name: str, user: User) -> OutboxMail:
    if name in LETTERS:
        return LETTERS[name]()
    if name in account_samples.TEMPLATES:
        return account_samples.make(name, user)
    context, kind = SAMPLES[name]
    return letters.write(name, user, context(), kind=kind, organization_id="")
