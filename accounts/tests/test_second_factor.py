import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends import db as plain_sessions
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from accounts.mfa import MFAAdapter
from accounts.models import AuditEvent
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits_left_over():
    cache.clear()


def code_for(secret, step=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step))


def set_up_app(client):
    page = client.get(reverse("mfa_activate_totp")).text
    secret = re.search(r'id="secret">(\w+)<', page)[1]
    client.post(reverse("mfa_activate_totp"), {"code": code_for(secret, -1)})
    return secret


def log_in(client, user):
    return client.post(
        reverse("account_login"), {"login": user.email, "password": "a-long-password"}, follow=True
    )


@pytest.fixture
def secret(alice):
    client = sign_in(Client(), alice)
    client.post(reverse("account_reauthenticate") + "?next=/", {"password": "a-long-password", "next": "/"})
    return set_up_app(client)


def test_password_alone_does_not_open_an_account_with_an_app(client, alice, secret):
    page = log_in(client, alice)

    assert "One more step" in page.text
    assert client.get("/").status_code == 302


def test_code_opens_it_once(client, alice, secret):
    log_in(client, alice)
    code = code_for(secret)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert client.get("/").status_code == 200

    other = Client()
    log_in(other, alice)
    assert "Incorrect code" in other.post(reverse("mfa_authenticate"), {"code": code}).text
    assert other.get("/").status_code == 302


def test_recovery_code_opens_it_once(client, alice, secret):
    codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    log_in(client, alice)
    client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert client.get("/").status_code == 200

    other = Client()
    log_in(other, alice)
    other.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert other.get("/").status_code == 302


def test_secret_that_waits_for_its_first_code_is_encrypted_too(client, alice):
    sign_in(client, alice)
    pending = re.search(r'id="secret">(\w+)<', client.get(reverse("mfa_activate_totp")).text)[1]
    row = Session.objects.get()

    assert pending in str(client.session.items())
    assert pending not in row.session_data
    # What Django itself can read, so can whoever has the rows.
    assert plain_sessions.SessionStore().decode(row.session_data) == {}


def test_secrets_are_encrypted_at_rest(alice, secret):
    stored = str(list(Authenticator.objects.filter(user=alice).values_list("data", flat=True)))

    assert secret not in stored
    assert stored.count("gAAAAA") == 2


@pytest.mark.django_db(transaction=True)
def test_act_is_in_the_persons_own_chain(alice, secret):
    actions = AuditEvent.objects.filter(chain=alice.id).values_list("action", flat=True)

    assert set(actions) >= {"user.signed_in", "user.confirmed", "authenticator.added"}


def test_organization_that_asks_for_it_shows_nothing_without_it(client, alice, project):
    project.organization.requires_mfa = True
    project.organization.save()
    sign_in(client, alice)

    answer = client.get(f"/projects/{project.id}")

    assert answer.status_code == 302
    assert answer.url == reverse("mfa_index")
    assert "You need a second factor here" in client.get(answer.url).text


def test_organization_that_asks_for_it_opens_with_it(client, alice, project, secret):
    project.organization.requires_mfa = True
    project.organization.save()
    sign_in(client, alice)

    assert client.get(f"/projects/{project.id}").status_code == 200


def test_live_stream_asks_for_it_too(client, alice, project):
    project.organization.requires_mfa = True
    project.organization.save()
    sign_in(client, alice)

    assert client.get("/batches/batch_20200101_000000_AAAAAA/events").status_code == 302


def test_last_factor_stays_where_it_is_asked_for(client, alice, project, secret):
    project.organization.requires_mfa = True
    project.organization.save()
    sign_in(client, alice)
    client.post(reverse("mfa_reauthenticate"), {"code": code_for(secret)})
    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=alice, type="totp").exists()


@override_settings(STAFF_MFA=True)
def test_staff_without_it_does_not_reach_the_admin(client):
    staff = get_user_model().objects.create_superuser("root@nimbus.test", "a-long-password")
    sign_in(client, staff)

    assert client.get("/admin/").url == reverse("mfa_index")


def test_admin_has_no_login_of_its_own(client):
    answer = client.get("/admin/login/?next=/admin/")

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_passkeys_are_called_passkeys_until_they_are_named(alice):
    name = MFAAdapter().generate_authenticator_name
    assert name(alice, "webauthn") == "Passkey"

    Authenticator.objects.create(user=alice, type="webauthn", data={})
    assert name(alice, "webauthn") == "Passkey 2"
