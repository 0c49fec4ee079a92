"""Who joins, who goes, and who decides about it."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import members
from accounts.models import AuditEvent, Invitation, Membership, User
from accounts.models.organization import Role
from nimbus.errors import ForbiddenError, InvalidError
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(db):
    return User.objects.create_user("dora@new.test", "a-long-password")


@pytest.fixture
def invited(acme, alice, django_capture_on_commit_callbacks, mailoutbox):
    """`invited(role)` is the link's token in the mail that Dora got."""

    def send(role="editor", email="dora@new.test"):
        with django_capture_on_commit_callbacks(execute=True):
            members.invite(acme, email, role, alice)
        assert mailoutbox[-1].to == [email]
        return re.search(r"/invitations/(\S+)", mailoutbox[-1].body)[1]

    return send


def role(organization, user):
    return organization.role_of(user)


def test_link_in_the_mail_lets_in(client, acme, dora, invited):
    token = invited("viewer")
    sign_in(client, dora)

    assert "Join Acme" in client.get(f"/you/invitations/{token}").content.decode()
    client.post(f"/you/invitations/{token}")

    assert role(acme, dora) == "viewer"
    actions = AuditEvent.objects.filter(chain=acme.id).order_by("seq").values_list("action", flat=True)
    assert list(actions)[-2:] == ["invitation.sent", "member.joined"]


def test_token_is_kept_as_a_digest_only(invited):
    token = invited()

    assert token not in str(Invitation.objects.values())


def test_link_works_once(acme, dora, invited):
    token = invited()
    membership = members.accept(token, dora)
    members.remove(membership, dora)

    with pytest.raises(members.InvitationError):
        members.accept(token, dora)


def test_link_of_another_address_does_not_let_in(client, acme, charlie, invited):
    token = invited()
    sign_in(client, charlie)

    answer = client.post(f"/you/invitations/{token}")

    assert answer.status_code == 403
    assert role(acme, charlie) == ""


@pytest.mark.parametrize("spoil", ["expired", "withdrawn", "replaced", "unknown"])
def test_void_links_read_alike(client, acme, alice, dora, invited, spoil):
    token = invited()
    if spoil == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoil == "withdrawn":
        members.withdraw(Invitation.objects.get(), alice)
    elif spoil == "replaced":
        invited("viewer", "DORA@new.test".lower())
    else:
        token = "x" * 43
    sign_in(client, dora)

    answer = client.get(f"/you/invitations/{token}")

    assert (answer.status_code, "does not hold any more" in answer.content.decode()) == (404, True)


def test_stranger_signs_in_first_and_comes_back(client, invited):
    token = invited()

    answer = client.get(f"/you/invitations/{token}")

    assert answer.status_code == 302
    assert answer["Location"].endswith(f"next=/you/invitations/{token}")


def test_owner_is_never_invited(acme, alice):
    with pytest.raises(InvalidError):
        members.invite(acme, "dora@new.test", "owner", alice)


def test_member_is_not_invited_again(acme, alice, bob):
    with pytest.raises(InvalidError, match="already"):
        members.invite(acme, "BOB@acme.test", "viewer", alice)


RANKS = [
    # by, the member's role, the new role, allowed
    ("owner", "editor", "owner", True),
    ("owner", "owner", "viewer", True),
    ("admin", "editor", "admin", True),
    ("admin", "viewer", "editor", True),
    ("admin", "editor", "owner", False),
    ("admin", "owner", "editor", False),
    ("editor", "viewer", "editor", False),
    ("viewer", "viewer", "admin", False),
]


@pytest.mark.parametrize(("by", "was", "to", "is_allowed"), RANKS)
def test_roles_are_given_by_rank(acme, dora, by, was, to, is_allowed):
    actor = User.objects.create_user("actor@acme.test", "a-long-password")
    Membership.objects.create(organization=acme, user=actor, role=by)
    member = Membership.objects.create(organization=acme, user=dora, role=was)

    if is_allowed:
        members.change_role(member, to, actor)
    else:
        with pytest.raises(ForbiddenError):
            members.change_role(member, to, actor)
    assert role(acme, dora) == (to if is_allowed else was)


def test_last_owner_stays(acme, alice):
    mine = acme.memberships.get(user=alice)

    with pytest.raises(members.LastOwnerError):
        members.remove(mine, alice)
    with pytest.raises(members.LastOwnerError):
        members.change_role(mine, "editor", alice)
    assert role(acme, alice) == Role.OWNER


def test_admin_never_removes_an_owner(acme, alice, dora):
    Membership.objects.create(organization=acme, user=dora, role="admin")

    with pytest.raises(ForbiddenError):
        members.remove(acme.memberships.get(user=alice), dora)


def test_removed_member_is_out_from_the_next_request_on(client, acme, bob, alice, project):
    sign_in(client, bob)
    assert client.get(f"/projects/{project.id}").status_code == 200

    members.remove(acme.memberships.get(user=bob), alice)

    assert client.get(f"/projects/{project.id}").status_code == 404


def unmake_each_other(acme, first, second):
    """Two owners make each other editors at the same moment; the owners that are left."""
    gate = threading.Barrier(2)

    def unmake(by, other):
        membership = acme.memberships.get(user=other)
        gate.wait()
        try:
            members.change_role(membership, "editor", by)
        except (members.LastOwnerError, ForbiddenError):
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=unmake, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return acme.memberships.filter(role=Role.OWNER).count()


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_unmake_each_other(acme, alice, bob):
    acme.memberships.filter(user=bob).update(role="owner")

    assert unmake_each_other(acme, alice, bob) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_nobody_is_left(acme, alice, bob, monkeypatch):
    acme.memberships.filter(user=bob).update(role="owner")
    both = threading.Barrier(2)
    monkeypatch.setattr(members, "lock", lambda organization: None)
    kept = members.keep_an_owner
    # Both have looked before either writes: what the lock is there to prevent.
    monkeypatch.setattr(members, "keep_an_owner", lambda membership: (kept(membership), both.wait(10)))

    assert unmake_each_other(acme, alice, bob) == 0


def test_page_shows_members_and_open_invitations(client, acme, alice, bob, invited):
    invited()
    sign_in(client, alice)

    page = client.get(f"/you/organizations/{acme.id}/members").content.decode()

    assert "bob@acme.test" in page
    assert "dora@new.test" in page


def test_invitation_by_the_page(client, acme, alice, django_capture_on_commit_callbacks, mailoutbox):
    sign_in(client, alice)
    url = f"/you/organizations/{acme.id}/members"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, {"email": "dora@new.test", "role": "admin"}).status_code == 302
    assert [mail.to for mail in mailoutbox] == [["dora@new.test"]]

    assert client.post(url, {"email": "nobody", "role": "admin"}).status_code == 422
    assert client.post(url, {"email": "x@new.test", "role": "owner"}).status_code == 422


def test_editor_manages_nobody(client, acme, alice, bob, invited):
    invited()
    sign_in(client, bob)
    url = f"/you/organizations/{acme.id}"

    assert "dora@new.test" not in client.get(f"{url}/members").content.decode()
    for path in (
        "members",
        f"members/{alice.id}/role",
        f"members/{alice.id}/remove",
        f"invitations/{Invitation.objects.get().pk}/withdraw",
    ):
        assert client.post(f"{url}/{path}", {"email": "x@x.test", "role": "viewer"}).status_code == 403
    assert client.post(f"{url}/members/{bob.id}/remove").status_code == 302
    assert role(acme, bob) == ""


def test_owner_hands_over_and_stays_as_admin(client, acme, alice, bob):
    sign_in(client, alice)
    client.post(f"/you/organizations/{acme.id}/transfer", {"user": bob.id})

    roles = dict(acme.memberships.values_list("user_id", "role"))
    assert roles == {alice.id: "admin", bob.id: "owner"}
    assert AuditEvent.objects.filter(action="organization.transferred", target=bob.id).exists()


def test_admin_does_not_hand_over(client, acme, alice, bob):
    acme.memberships.filter(user=bob).update(role="admin")
    sign_in(client, bob)

    assert client.post(f"/you/organizations/{acme.id}/transfer", {"user": bob.id}).status_code == 403
    assert acme.role_of(alice) == "owner"


def test_rule_of_the_second_factor_is_set_by_managers_and_told(client, acme, alice, bob):
    change = {"name": "Acme", "requires_mfa": "on"}
    assert sign_in(client, bob).post(f"/you/organizations/{acme.id}", change).status_code == 403

    sign_in(client, alice).post(f"/you/organizations/{acme.id}", change)

    acme.refresh_from_db()
    assert acme.requires_mfa
    assert AuditEvent.objects.filter(action="organization.mfa_required", chain=acme.id).exists()


def test_what_was_refused_is_said_on_the_page(client, acme, alice):
    sign_in(client, alice)
    answer = client.post(f"/you/organizations/{acme.id}/members/{alice.id}/remove", follow=True)

    assert "keeps at least one owner" in answer.text
