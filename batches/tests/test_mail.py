"""Mail as it leaves: by a real SMTP server, once, to who wants it, with a way to end it."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import allauth
import pytest
from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup
from django.core import signing
from django.db import transaction
from django.test import Client

from accounts import members
from batches import alerts, condition, reports
from batches.mail import account_samples, digests, samples, unsubscribing, wishes
from batches.models import Batch, OutboxMail, Suggestion
from batches.tests.factories import make_batch, make_project, make_run
from nimbus.services.testing import free_port
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday


class Inbox:
    def __init__(self):
        self.letters, self.refusals = [], []

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            return self.refusals.pop(0)
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 Kept"


@pytest.fixture
def inbox(settings):
    inbox = Inbox()
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 5},
        },
        "outbox": {"BACKEND": "batches.mailbox.OutboxBackend"},
    }
    yield inbox
    controller.stop()


def finished(project, status="completed", **fields):
    batch = make_batch(project, pages=0)
    run = make_run(batch, "/leeds", status="done" if status == "completed" else "failed")
    Suggestion.objects.create(
        organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target="title",
        kind="head", original="Home <1>", original_hash="0", text="Plumber in Leeds & York", confidence=0.9,
    )  # fmt: skip
    Suggestion.objects.create(
        organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target="metaDescription",
        kind="head", original="", original_hash="0", text="The best", level="hold",
        verdicts=[{"check": "claims", "level": "hold", "message": "A claim."}],
    )  # fmt: skip
    fields = {"status": status, "cost_microdollars": 1_900_000, "finished_at": NOW} | fields
    Batch.objects.filter(id=batch.id).update(**fields)
    batch.refresh_from_db()
    return batch


def test_report_goes_out_by_smtp_with_two_equal_parts(inbox):
    batch = finished(
        make_project(), plan={"quote": {"likely": 2_000_000, "low": 1_500_000, "high": 2_500_000}}
    )
    reports.queue_report(batch)

    assert reports.send_outbox() == 1

    (letter,) = inbox.letters
    text = letter.get_body(("plain",)).get_content()
    html = BeautifulSoup(letter.get_body(("html",)).get_content(), "html.parser").get_text(" ")
    assert letter["Subject"] == "Done: 1 of 1 pages of Acme, 2 changes to review, $1.90"
    for fact in (
        "1 of 1 pages", "$1.90", "quoted $2.00", "95 % of the quote", "2 changes wait for review",
        "New claim", "1 held", "Home <1>", "Plumber in Leeds & York", "/leeds", batch.id, "Signed:",
        "Unsubscribe",
    ):  # fmt: skip
        assert fact in re.sub(r"\s+", " ", text), fact
        assert fact in re.sub(r"\s+", " ", html), fact
    assert len(letter.as_bytes()) < 100_000


def test_refused_mail_is_tried_again_and_never_sent_twice(inbox):
    inbox.refusals = ["451 Later"]
    reports.queue_report(finished(make_project()))

    assert reports.send_outbox() == 0
    assert "451" in OutboxMail.objects.get().last_error
    assert reports.send_outbox() == 0
    OutboxMail.objects.update(next_attempt_at=NOW)
    assert reports.send_outbox() == 1
    assert reports.send_outbox() == 0
    assert len(inbox.letters) == 1


def test_invitation_waits_in_the_outbox_until_the_server_takes_it(inbox, acme, alice):
    inbox.refusals = ["451 Later"]
    members.invite(acme, "dora@new.test", "editor", alice)

    assert reports.send_outbox() == 0
    OutboxMail.objects.update(next_attempt_at=NOW)
    assert reports.send_outbox() == 1
    assert reports.send_outbox() == 0

    (letter,) = inbox.letters
    assert (letter["To"], letter["Subject"]) == ("dora@new.test", "Join Acme on Nimbus")
    link = re.search(r"/you/invitations/(\S+)", letter.get_body(("plain",)).get_content())[1]
    assert link in letter.get_body(("html",)).get_content()
    assert members.invitation_of(link).email == "dora@new.test"
    # Nobody can read the link in the outbox afterwards, or send a mail without words.
    kept = OutboxMail.objects.get()
    assert (kept.organization_id, kept.text, kept.html) == (acme.id, "", "")
    assert condition.send_again(OutboxMail.objects.all(), alice) == 0


def test_invitation_that_was_replaced_or_withdrawn_is_not_mailed(inbox, acme, alice):
    members.invite(acme, "dora@new.test", "editor", alice)
    members.invite(acme, "dora@new.test", "viewer", alice)
    members.withdraw(members.invite(acme, "eve@new.test", "viewer", alice), alice)

    assert reports.send_outbox() == 1
    assert "viewer" in inbox.letters[0].get_body(("plain",)).get_content()


def test_invitation_that_is_rolled_back_is_not_mailed(inbox, acme, alice):
    with transaction.atomic():
        members.invite(acme, "dora@new.test", "editor", alice)
        transaction.set_rollback(True)

    assert reports.send_outbox() == 0


def test_same_letter_twice_is_one_mail(inbox, acme, alice):
    asked = members.invite(acme, "dora@new.test", "editor", alice)
    members.letter(asked, "https://nimbus.test/again").queue()

    assert OutboxMail.objects.count() == 1


def test_one_click_unsubscribes_without_signing_in_or_cookies(inbox):
    project = make_project()
    reports.queue_report(finished(project))
    reports.send_outbox()
    (letter,) = inbox.letters
    path = re.fullmatch(r"<https?://[^/]+(/.+)>", letter["List-Unsubscribe"])[1]
    strict = Client(enforce_csrf_checks=True)

    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert strict.get(path).status_code == 200
    project.creator.refresh_from_db()
    assert wishes.wants_now(project.creator, "batch_report")

    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert reports.queue_report(finished(project)) == 0
    project.creator.refresh_from_db()
    assert wishes.wants_now(project.creator, "trouble")


FOREIGN = signing.dumps(["user_x", "batch_report"], salt="other")


@pytest.mark.parametrize("token", ["x", "{}:{}", FOREIGN], ids=["no token", "no signature", "other salt"])
def test_link_that_we_did_not_sign_ends_nothing(client, token):
    assert client.post(f"/mail/unsubscribe/{token}").status_code == 404


def test_unsubscribing_ends_what_a_project_asked_for(alice, project):
    wishes.store(alice, {"projects": {project.id: {"batch_report": "instant", "trouble": "daily"}}})

    wishes.refuse(alice, "batch_report")

    assert wishes.frequency(alice, "batch_report", project.id) == "off"
    assert wishes.frequency(alice, "trouble", project.id) == "daily"


def test_mail_about_the_account_can_not_be_refused(alice):
    assert unsubscribing.headers(alice.email, "account") == {}
    assert "List-Unsubscribe" in unsubscribing.headers(alice.email, "batch_paused_2")
    assert unsubscribing.headers("nobody@acme.test", "batch_report") == {}


def test_choices_hold_by_kind_and_project(client, alice, project, make_project, foreign_project):
    other = make_project("Second", "second.test")
    sign_in(client, alice)
    answer = client.post(
        "/you/mail",
        {
            "batch_report": "daily", "trouble": "instant", "budget": "weekly", "digest": "off",
            f"{other.id}-batch_report": "instant", f"{foreign_project.id}-batch_report": "off",
        },
    )  # fmt: skip

    alice.refresh_from_db()
    assert answer.status_code == 302
    assert alice.notifications == {
        "batch_report": "daily", "trouble": "instant", "digest": "off",
        "projects": {project.id: {}, other.id: {"batch_report": "instant"}}
        if project.id in alice.notifications["projects"] else {other.id: {"batch_report": "instant"}},
    }  # fmt: skip
    assert wishes.frequency(alice, "batch_report", project.id) == "daily"
    assert wishes.frequency(alice, "batch_report", other.id) == "instant"
    assert b"selected>Daily" in client.get("/you/mail").content


def test_no_and_yes_of_old_still_count(alice):
    alice.notifications = {"batch_report": False}
    assert wishes.frequency(alice, "batch_report") == "off"
    alice.notifications = {"batch_report": True}
    assert wishes.frequency(alice, "batch_report") == "instant"


def test_failed_batch_reaches_who_wants_failures_alone():
    project = make_project()
    wishes.store(project.creator, {"batch_report": "off"})

    assert reports.queue_report(finished(project)) == 0
    assert reports.queue_report(finished(project, status="failed")) == 1


def test_pause_is_not_told_to_who_wants_it_weekly():
    batch = make_batch(make_project(), status="paused")
    assert alerts.tell_paused(batch.id, "provider_auth") == 1
    wishes.store(batch.project.creator, {"trouble": "weekly"})

    assert alerts.tell_paused(batch.id, "provider_auth") == 0
    assert "prefers-color-scheme" in OutboxMail.objects.get().html


def test_weekly_digest_comes_once_and_only_where_something_happened():
    busy, idle = make_project(), make_project("idle")
    finished(busy, finished_at=NOW - timedelta(days=3))
    finished(idle, finished_at=NOW - timedelta(days=9))

    assert digests.queue_due(NOW) == 1
    assert digests.queue_due(NOW + timedelta(hours=1)) == 0
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.kind) == (busy.creator.email, "weekly")
    assert mail.subject == "16 November to 22 November: 1 page done, 2 changes to review, $1.90"


def test_daily_digest_holds_what_was_not_told_at_once():
    project = make_project()
    wishes.store(project.creator, {"batch_report": "daily", "digest": "off"})
    batch = finished(project, finished_at=NOW - timedelta(days=1))

    assert reports.queue_report(batch) == 0
    assert digests.queue_due(NOW.replace(hour=6)) == 0
    assert digests.queue_due(NOW) == 1
    assert OutboxMail.objects.get().subject.startswith("22 November: 1 page done")


def test_day_begins_in_the_readers_time_zone():
    project = make_project()
    project.creator.time_zone = "Pacific/Auckland"

    daily, _ = digests.periods(project.creator, datetime(2026, 11, 22, 20, tzinfo=UTC))

    assert daily.end.isoformat() == "2026-11-23T00:00:00+13:00"
    project.creator.time_zone = "Mars/Olympus"
    assert digests.zone_of(project.creator).key == "UTC"


@pytest.mark.parametrize("name", samples.OURS)
def test_every_mail_has_a_preview_in_development_alone(client, alice, settings, name):
    sign_in(client, alice)

    settings.DEBUG = True
    assert client.get(f"/mail/previews?mail={name}").status_code == 200
    page = client.get(f"/mail/previews/html?mail={name}").content.decode()
    settings.DEBUG = False
    assert client.get(f"/mail/previews?mail={name}").status_code == 404
    assert client.get(f"/mail/previews/html?mail={name}").status_code == 404
    assert not re.search(r"<svg|<script|<img|var\(--|oklch|https?://(?!127\.0\.0\.1)(?!hooks)", page)
    assert page.count('width="600"') == 1 + (name not in samples.LETTERS)


@pytest.mark.parametrize("name", account_samples.TEMPLATES)
def test_mail_about_the_account_has_a_preview_too(client, alice, settings, name):
    settings.DEBUG = True
    sign_in(client, alice)

    mail = client.get(f"/mail/previews?mail={name}").context["mail"]

    assert mail.subject
    assert len(mail.text) > 150
    assert not re.search(r"None|: \n|\{\{", mail.text)


def test_every_mail_that_allauth_has_and_we_send_is_previewed():
    """By code and to strangers nothing is sent here (nimbus/signing_in.py); `base` is what others extend."""
    folder = Path(allauth.__file__).parent / "templates"
    found = {str(path.relative_to(folder))[: -len("_message.txt")] for path in folder.rglob("*_message.txt")}
    unsent = {
        f"account/email/{name}" for name in ("login_code", "password_reset_code", "unknown_account", "base")
    }

    assert found - unsent == set(account_samples.TEMPLATES.values())


@pytest.mark.parametrize("name", samples.NAMES)
def test_text_says_what_the_html_says(alice, name):
    mail = samples.make(name, alice)
    html = BeautifulSoup(mail.html, "html.parser").get_text(" ")

    facts = set(re.findall(r"\d[\d,.]*\d|https?://\S+|Harbour \w+", html))
    assert facts
    assert [fact for fact in facts if fact not in mail.text] == []
