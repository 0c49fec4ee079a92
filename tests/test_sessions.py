"""Passwords and sessions, as ASVS asks for them."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    path
    for app in ("nimbus", "accounts", "projects", "batches", "optimizer")
    for path in (ROOT / app).rglob("*.py")
]


def sign_up(client, email, password):
    return client.post(
        reverse("account_signup"), {"email": email, "password1": password, "password2": password}
    )


def log_in(client, email, password, **fields):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **fields)


@pytest.mark.parametrize("password", ["short", "password123", "dora@new.test"])
def test_weak_password_is_refused(client, password):
    sign_up(client, "dora@new.test", password)

    assert not User.objects.filter(email="dora@new.test").exists()


@pytest.mark.parametrize(
    "password", ["   ein Satz, ganz ohne Zahl   ", "пароль-из-букв", "x" * 50 + "🔑" * 14]
)
def test_password_of_any_characters_is_taken_as_it_is(client, password):
    sign_up(client, "dora@new.test", password)
    dora = User.objects.get(email="dora@new.test")

    assert dora.check_password(password)
    assert not dora.check_password(password.strip().upper())


def test_password_changes_with_the_old_one_alone(client, alice):
    sign_in(client, alice)
    form = {"password1": "a-newer-password", "password2": "a-newer-password"}
    client.post(reverse("account_change_password"), form | {"oldpassword": "a-wrong-password"})
    assert User.objects.get(pk=alice.pk).check_password("a-long-password")

    client.post(reverse("account_change_password"), form | {"oldpassword": "a-long-password"})
    assert User.objects.get(pk=alice.pk).check_password("a-newer-password")


def test_password_field_is_masked_and_can_be_filled(client):
    field = re.search(r'<input[^>]+name="password"[^>]*>', client.get(reverse("account_login")).text)[0]

    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in field


def test_guessing_a_password_is_stopped(client):
    # Somebody of this test's own: the limit outlives it.
    User.objects.create_user("guessed@acme.test", "a-long-password")
    for number in range(6):
        log_in(client, "guessed@acme.test", f"guess-{number}", REMOTE_ADDR="192.0.2.77")

    answer = log_in(client, "guessed@acme.test", "a-long-password", REMOTE_ADDR="192.0.2.77")

    assert answer.status_code == 200
    assert client.get("/").status_code == 302


def test_sign_in_makes_a_new_session(client, alice):
    client.get(reverse("account_login"))
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key

    log_in(client, alice.email, "a-long-password")

    assert client.session.session_key not in {None, before}


def test_signed_out_session_opens_nothing(client, alice):
    sign_in(client, alice)
    thief = Client()
    thief.cookies = client.cookies.copy()
    assert thief.get("/").status_code == 200

    client.post(reverse("account_logout"))

    assert thief.get("/").status_code == 302


def test_browser_forgets_at_sign_out(client, alice):
    sign_in(client, alice)

    answer = client.post(reverse("account_logout"))

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_disabled_account_is_out_at_once(client, alice):
    sign_in(client, alice)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert client.get("/").status_code == 302


def test_key_in_the_address_opens_nothing(client, project, make_key):
    secret = make_key(project)[1]

    assert client.get("/api/v1/project", {"key": secret, "api_key": secret}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.env", "/manage.py", "/static/../manage.py", "/static/%2e%2e/.env"]
)
def test_files_of_the_checkout_have_no_address(client, path):
    assert client.get(path).status_code == 404


def test_no_weak_hash_is_used():
    # A bucket's ETag is MD5, and says that it is there for no security.
    weak = re.compile(r"hashlib\.(md5|sha1)\b(?!\(.*usedforsecurity=False)|new\([\"'](md5|sha1)")

    assert len(SOURCES) > 100
    assert [
        str(path) for path in SOURCES if "/tests/" not in str(path) and weak.search(path.read_text())
    ] == []
