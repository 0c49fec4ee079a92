import re
from unittest import mock

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AuditEvent, User
from projects.models import APIKey
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
CLIENT = [{"client_id": "id", "secret": "secret", "key": ""}]
GITHUB = {"github": {"APPS": CLIENT, "SCOPE": ["user:email"]}}


@pytest.fixture(autouse=True)
def no_limits_left_over():
    cache.clear()


def anonymous(page):
    """What an answer says, without what is new on each."""
    return re.sub(r'value="[^"]{40,}"|"X-CSRFToken": "[^"]+"|[\w.+-]+@[\w.-]+', "", page)


def test_login_says_the_same_for_unknown_and_wrong(client, alice):
    answers = [
        client.post(reverse("account_login"), {"login": email, "password": "not-her-password"})
        for email in (alice.email, "nobody@acme.test")
    ]

    assert answers[0].status_code == answers[1].status_code
    assert anonymous(answers[0].text) == anonymous(answers[1].text)


def test_password_reset_says_the_same_for_unknown_and_known(client, alice):
    answers = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (alice.email, "nobody@acme.test")
    ]

    assert anonymous(answers[0].text) == anonymous(answers[1].text)


@override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
def test_signing_up_says_the_same_for_a_taken_address(client, alice):
    alice.emailaddress_set.create(email=alice.email, verified=True, primary=True)
    answers = [
        Client().post(
            reverse("account_signup"),
            {"email": email, "password1": "a-quite-long-password", "password2": "a-quite-long-password"},
            follow=True,
        )
        for email in (alice.email, "new@acme.test")
    ]

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert anonymous(answers[0].text) == anonymous(answers[1].text)


@override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
def test_nobody_comes_in_before_the_address_is_confirmed(client):
    password = {"password1": "a-quite-long-password", "password2": "a-quite-long-password"}
    client.post(reverse("account_signup"), {"email": "new@acme.test", **password})
    assert client.get("/").status_code == 302

    address = User.objects.get(email="new@acme.test").emailaddress_set.get()
    assert not address.verified


def test_guessing_ends_after_five_tries(client, alice):
    for _ in range(5):
        client.post(reverse("account_login"), {"login": alice.email, "password": "not-her-password"})

    answer = client.post(reverse("account_login"), {"login": alice.email, "password": "a-long-password"})
    assert answer.status_code != 302
    assert client.get("/").status_code == 302


def test_refused_login_is_in_the_persons_chain_and_nowhere_for_a_stranger(client, alice):
    for email in (alice.email, "nobody@acme.test"):
        client.post(reverse("account_login"), {"login": email, "password": "not-her-password"})

    refused = AuditEvent.objects.filter(action="user.sign_in_refused")
    assert [event.chain for event in refused] == [alice.id]


def test_session_ends_from_elsewhere(alice):
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post(reverse("account_login"), {"login": alice.email, "password": "a-long-password"})
    page = here.get(reverse("usersessions_list")).text
    end = re.search(r'action="(/you/sessions/\d+/end)"', page)[1]

    here.post(end)

    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_sessions_name_the_browser_within_the_organizations_frame(alice, acme):
    here = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    here.post(reverse("account_login"), {"login": alice.email, "password": "a-long-password"})
    page = here.get(reverse("usersessions_list")).text

    assert ">Firefox on Windows</td>" in page
    assert reverse("accounts:members", args=[acme.id]) in page


def test_session_of_another_person_does_not_end(client, alice, charlie):
    there = Client()
    there.post(reverse("account_login"), {"login": alice.email, "password": "a-long-password"})
    sign_in(client, charlie)

    assert client.post(f"/you/sessions/{alice.usersession_set.get().pk}/end").status_code == 404
    assert there.get("/").status_code == 200


def test_new_password_ends_the_other_sessions(alice):
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post(reverse("account_login"), {"login": alice.email, "password": "a-long-password"})
    new = {"password1": "another-long-password", "password2": "another-long-password"}

    here.post(reverse("account_change_password"), {"oldpassword": "a-long-password", **new})

    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_key_waits_for_a_fresh_proof_and_is_then_issued(client, alice, project):
    client.force_login(alice)
    asked = client.post(
        f"/projects/{project.id}/keys",
        {"form_token": "t", "name": "CI", "kind": "live", "scopes": ["read"]},
    )
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not APIKey.objects.exists()

    done = client.post(
        reverse("account_reauthenticate"),
        {"password": "a-long-password", "next": f"/projects/{project.id}/keys"},
        follow=True,
    )

    assert APIKey.objects.count() == 1
    assert "nmb_live_" in done.text


def test_provider_without_a_client_has_no_button_and_no_door(client):
    assert "GitHub" not in client.get(reverse("account_login")).text
    assert client.post("/account/github/login/").status_code == 404


@override_settings(SOCIALACCOUNT_PROVIDERS=GITHUB)
def test_github_leads_to_github(client):
    assert "Sign in with GitHub" in client.get(reverse("account_login")).text
    assert client.post("/account/github/login/").url.startswith("https://github.com/login/oauth/authorize?")


class GitHub:
    """What GitHub answers to the three questions of a sign-in."""

    def __init__(self, email):
        self.email = email

    def request(self, method, url, **kwargs):
        answer = mock.Mock(status_code=200, headers={"content-type": "application/json"})
        if url.endswith("/access_token"):
            answer.json.return_value = {"access_token": "gho_planted", "token_type": "bearer"}
        elif url.endswith("/emails"):
            answer.json.return_value = [{"email": self.email, "primary": True, "verified": True}]
        else:
            answer.json.return_value = {"id": 7, "login": "dora", "name": "Dora Lind", "email": self.email}
        return answer

    def get(self, url, **kwargs):
        return self.request("GET", url, **kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


@pytest.fixture
def come_by_github(monkeypatch):
    def come(client, email):
        monkeypatch.setattr(
            "accounts.adapter.SocialAdapter.get_requests_session", lambda adapter: GitHub(email)
        )
        with override_settings(SOCIALACCOUNT_PROVIDERS=GITHUB):
            state = re.search(r"state=(\w+)", client.post("/account/github/login/").url)[1]
            return client.get(f"/account/github/login/callback/?code=x&state={state}", follow=True)

    return come


def test_newcomer_by_github_has_an_organization_and_no_token_is_kept(client, come_by_github):
    come_by_github(client, "dora@new.test")

    dora = User.objects.get(email="dora@new.test")
    assert dora.name == "Dora Lind"
    assert dora.memberships.get().role == "owner"
    assert dora.emailaddress_set.get().verified
    assert client.get("/").status_code == 200
    assert not SocialToken.objects.exists()


def test_address_at_github_opens_no_existing_account(client, alice, come_by_github):
    alice.emailaddress_set.create(email=alice.email, verified=True, primary=True)

    come_by_github(client, alice.email)

    assert client.get("/").status_code == 302
    assert not SocialAccount.objects.filter(user=alice).exists()
    assert User.objects.filter(email=alice.email).count() == 1


def test_mails_of_accounts_carry_no_password(client, alice):
    client.post(reverse("account_reset_password"), {"email": alice.email})

    assert all("a-long-password" not in message.body for message in mail.outbox)
