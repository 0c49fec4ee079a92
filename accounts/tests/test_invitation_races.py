"""Invitations under many hands at once, each guard beside what happens without it."""

import threading

import pytest

from accounts import members
from accounts.models import AuditEvent, Invitation, User
from nimbus.errors import InvalidError
from tests.crowd import together

pytestmark = pytest.mark.django_db(transaction=True)
CROWD, MOST = 6, 2


@pytest.fixture
def dora(db):
    return User.objects.create_user("dora@new.test", "a-long-password")


@pytest.fixture
def link(acme, alice, dora, monkeypatch):
    monkeypatch.setattr(members.random, "token_urlsafe", lambda size: "the-only-link")
    members.invite(acme, dora.email, "editor", alice)
    return "the-only-link"


def joins():
    return AuditEvent.objects.filter(action="member.joined").count()


def test_link_followed_many_times_at_once_lets_in_once(acme, dora, link):
    answers = together(*[lambda: members.accept(link, dora)] * CROWD)

    assert sum(isinstance(answer, members.InvitationError) for answer in answers) == CROWD - 1
    assert (acme.memberships.filter(user=dora).count(), joins()) == (1, 1)


def test_control_without_lock_and_condition_the_link_lets_in_again(acme, dora, link, monkeypatch):
    looked = threading.Barrier(CROWD)

    def join(invitation, user):
        looked.wait(30)
        Invitation.objects.filter(id=invitation.pk).update(accepted_at=invitation.expires_at)
        return invitation

    monkeypatch.setattr(members, "join", join)

    answers = together(*[lambda: members.accept(link, dora)] * CROWD)

    assert not [answer for answer in answers if isinstance(answer, Exception)]


def invite_at_once(acme, alice):
    return together(
        *[
            lambda to=f"guest-{number}@new.test": members.invite(acme, to, "viewer", alice)
            for number in range(CROWD)
        ]
    )


def test_no_crowd_opens_more_invitations_than_there_may_be(acme, alice, monkeypatch):
    monkeypatch.setattr(members, "MOST_OPEN", MOST)

    answers = invite_at_once(acme, alice)

    assert sum(isinstance(answer, InvalidError) for answer in answers) == CROWD - MOST
    assert Invitation.objects.count() == MOST


def test_control_without_the_lock_there_are_more(acme, alice, monkeypatch):
    monkeypatch.setattr(members, "MOST_OPEN", MOST)
    monkeypatch.setattr(members, "lock", lambda organization: None)
    looked = threading.Barrier(CROWD)
    digest = members.secrets.digest
    # All have counted before any writes: what the lock is there to prevent.
    monkeypatch.setattr(members.secrets, "digest", lambda token: (looked.wait(30), digest(token))[1])

    invite_at_once(acme, alice)

    assert Invitation.objects.count() == CROWD
