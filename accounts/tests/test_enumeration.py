"""Nobody learns from an answer whether an address of mail has an account."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
UNKNOWN = "nobody@new.test"
PASSWORD = {"password1": "a-quite-long-password", "password2": "a-quite-long-password"}


@pytest.fixture(autouse=True)
def as_in_production(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    # No limits left over.
    cache.clear()


def told(name, email, **fields):
    """What a stranger sees, without what differs from one request to the next."""
    answer = Client().post(reverse(name), {"login": email, "email": email} | fields, follow=True)
    page = re.sub(
        r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"|nonce="[^"]+"', "", answer.text
    )
    return answer.status_code, answer.redirect_chain, page.replace(email, "…")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("account_login", {"password": "a-wrong-password"}),
        ("account_reset_password", {}),
        ("account_signup", PASSWORD),
    ],
)
def test_known_and_unknown_address_are_answered_alike(alice, name, fields):
    known, unknown = told(name, alice.email, **fields), told(name, UNKNOWN, **fields)

    assert known[:2] == unknown[:2]
    assert known[2].splitlines() == unknown[2].splitlines()


def test_control_another_answer_would_be_seen(alice):
    wrong, right = {"password": "a-wrong-password"}, {"password": "a-long-password"}

    assert told("account_login", alice.email, **wrong) != told("account_login", alice.email, **right)
