"""Keys under many hands at once, each guard beside what happens without it."""

import threading

import pytest

from accounts.models import AuditEvent
from nimbus import clock
from projects import authentication, keyring
from projects.models import APIKey, APIKeyUsage
from tests.crowd import together

pytestmark = pytest.mark.django_db(transaction=True)
CROWD, EACH = 8, 5


def issue_at_once(project, alice, form_token):
    return together(*[lambda: keyring.issue(project, alice, name="CI", form_token=form_token)] * CROWD)


def test_form_sent_many_times_at_once_issues_one_key(project, alice):
    answers = issue_at_once(project, alice, "one form")

    assert sum(isinstance(answer, keyring.AlreadyIssuedError) for answer in answers) == CROWD - 1
    assert APIKey.objects.count() == AuditEvent.objects.filter(action="api_key.issued").count() == 1


def test_control_without_the_forms_name_each_one_issues_a_key(project, alice):
    issue_at_once(project, alice, None)

    assert APIKey.objects.count() == CROWD


def roll_at_once(key, alice):
    return together(*[lambda: keyring.roll(key, alice, 0)] * CROWD)


def test_key_that_ends_at_once_is_rolled_once(project, alice, make_key):
    key, _ = make_key(project)

    roll_at_once(key, alice)

    assert APIKey.objects.count() == 2


def test_control_without_the_row_lock_it_is_rolled_again_and_again(project, alice, make_key, monkeypatch):
    key, _ = make_key(project)
    looked = threading.Barrier(CROWD)
    unlocked = APIKey.objects.all()
    monkeypatch.setattr(type(unlocked), "select_for_update", lambda self, **_: self)
    issued = keyring.issue
    # All have looked before any writes: what the lock is there to prevent.
    monkeypatch.setattr(
        keyring, "issue", lambda *args, **fields: (looked.wait(30), issued(*args, **fields))[1]
    )

    roll_at_once(key, alice)

    assert APIKey.objects.count() == CROWD + 1


def test_key_revoked_by_many_is_revoked_once(project, alice, make_key):
    key, _ = make_key(project)

    answers = together(*[lambda: keyring.revoke(key, alice)] * CROWD)

    assert sorted(answers) == [False] * (CROWD - 1) + [True]
    assert AuditEvent.objects.filter(action="api_key.revoked").count() == 1


def count_at_once(count):
    together(*[lambda: [count() for _ in range(EACH)]] * CROWD)
    return APIKeyUsage.objects.get().requests


def test_every_request_of_a_crowd_is_counted(project, make_key):
    key, _ = make_key(project)

    assert count_at_once(lambda: authentication.count_request(key)) == CROWD * EACH


def test_control_reading_before_writing_loses_requests(project, make_key):
    key, _ = make_key(project)
    APIKeyUsage.objects.create(organization_id=project.organization_id, key=key, day=clock.now().date())

    def count():
        row = APIKeyUsage.objects.get()
        row.requests += 1
        row.save()

    assert count_at_once(count) < CROWD * EACH


def test_crowd_moves_the_last_use_once_a_minute(project, make_key, monkeypatch):
    key, _ = make_key(project)
    moments = iter(range(1000))
    first = clock.now()
    monkeypatch.setattr(
        authentication.clock, "now", lambda: first + authentication.SEEN_AGAIN * next(moments) / 1000
    )

    together(*[lambda: authentication.note_use(key)] * CROWD)

    # All of them knew of no use before; the first to write is the one that stands.
    written = APIKey.objects.get().last_used_at
    together(*[lambda: authentication.note_use(key)] * CROWD)
    assert APIKey.objects.get().last_used_at == written
