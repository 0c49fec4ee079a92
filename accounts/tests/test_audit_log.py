"""The audit log's screen: narrowed by its address, however long it is, followed live, taken along."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import audit, audit_log
from accounts.models import AuditEvent
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(project, alice, acme):
    """Three events on three later days, told apart by everything that a filter asks for."""
    now = timezone.now()
    told = (
        ("suggestion.approved", alice.id, "info", 1),
        ("suggestion.edited", "key_1", "warn", 5),
        ("page.failed", "system", "error", 9),
    )
    audit.record_many(
        audit.Entry(
            chain=project.id, organization_id=acme.id, action=action, actor=actor, level=level,
            target=f"page_{number}", message=f"number {number}", at=now + timedelta(days=days),
        )
        for number, (action, actor, level, days) in enumerate(told)
    )  # fmt: skip


@pytest.fixture
def log(client, alice, events):
    sign_in(client, alice)
    return lambda **given: client.get(reverse("accounts:audit"), given).text


def numbers(page):
    return {number for number in range(3) if f"number {number}<" in page}


def day(ahead):
    return (timezone.now() + timedelta(days=ahead)).date().isoformat()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, {0, 1, 2}),
        ({"action": "suggestion."}, {0, 1}),
        ({"action": "suggestion.edited"}, {1}),
        ({"actor": "keys"}, {1}),
        ({"actor": "system"}, {2}),
        ({"level": "warn"}, {1, 2}),
        ({"level": "error"}, {2}),
        ({"target": "page_1"}, {1}),
        ({"since": day(3)}, {1, 2}),
        ({"until": day(5)}, {0, 1}),
        ({"since": day(3), "until": day(6)}, {1}),
        ({"since": "no day", "level": "none"}, {0, 1, 2}),
        ({"chain": "org_nowhere"}, set()),
    ],
)
def test_filters_narrow_the_log(log, given, shown):
    assert numbers(log(**given)) == shown


def test_filters_are_found_again_in_the_form(log, alice):
    page = log(action="page.", actor=alice.id, since="2026-01-02")

    assert '<option value="page." selected>' in page
    assert f'<option value="{alice.id}" selected>' in page
    assert 'value="2026-01-02"' in page


def test_rare_events_of_a_long_log_are_looked_for_piece_by_piece(log, monkeypatch):
    monkeypatch.setattr(audit_log, "LOOKED_AT", 1)
    first = log(action="suggestion.")

    assert numbers(first) == set()
    further = first.partition('">Look further back')[0].rpartition('href="?')[2]
    seen = set()
    for _ in range(8):
        page = log(**dict(pair.split("=") for pair in further.split("&amp;")))
        seen |= numbers(page)
        further = page.partition('">Look further back')[0].rpartition('href="?')[2]
        if "Look further back" not in page:
            break
    assert seen == {0, 1}


def test_log_is_followed_only_where_it_is_asked_for(log):
    assert 'hx-trigger="every 3s"' in log(follow="on", level="error")
    assert "every 3s" not in log(level="error")


def test_followed_part_comes_alone(client, log):
    part = client.get(
        reverse("accounts:audit"), {"follow": "on"}, headers={"HX-Request-Type": "partial"}
    ).text

    assert numbers(part) == {0, 1, 2}
    assert "<html" not in part


def test_export_holds_what_the_filters_show_and_no_formula(client, log, project, alice):
    audit.record(project, "page.failed", actor=alice, level="error", message='=HYPERLINK("http://x")')
    answer = client.post(reverse("accounts:export_audit"), {"level": "error"})

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["by"], row["message"]) for row in rows] == [
        ("Alice", '\'=HYPERLINK("http://x")'),
        ("system", "number 2"),
    ]
    assert AuditEvent.objects.get(action="audit.exported").data == {"events": 2}


def test_export_holds_nothing_of_others(client, events, charlie):
    sign_in(client, charlie)
    answer = client.post(reverse("accounts:export_audit"))

    assert b"number" not in b"".join(answer.streaming_content)
