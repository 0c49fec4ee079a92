"""What browsers are told, what forms refuse, and what foreign words can't become."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.http import HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware, get_nonce
from django.test import Client
from django.urls import reverse

from accounts import members
from nimbus.logs import OneLine
from tests import access
from tests.cast import sign_in
from tests.furniture import furnish
from tests.test_access_matrix import address

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DEBUG": "0", "SMTP_URL": "smtp://mail.test", "NIMBUS_ROLE": "app", "NIMBUS_DOTENV": "",
    "ALLOWED_HOSTS": "nimbus.test", "SITE_URL": "https://nimbus.test",
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz-0123456789-0123456789-abc",
}  # fmt: skip
SHOWN = (
    "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "USE_X_FORWARDED_HOST", "DEBUG",
)  # fmt: skip
TRAP = "<img src=x onerror=alert(1)>"


def in_production(*command):
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ | PRODUCTION, capture_output=True, text=True
    )


def test_deployment_check_finds_nothing():
    done = in_production("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stdout + done.stderr


def test_deployment_check_misses_the_key_of_secrets():
    environment = os.environ | PRODUCTION | {"NIMBUS_ENCRYPTION_KEYS": ""}
    command = [sys.executable, "manage.py", "check", "--deploy"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert "nimbus.E002" in done.stderr


def test_production_insists_on_https_and_on_cookies_of_this_host():
    code = "import json; from django.conf import settings as s; "
    code += f"print(json.dumps({{name: getattr(s, name) for name in {SHOWN}}}))"
    found = json.loads(in_production("-c", code).stdout)

    assert found == {
        "SECURE_HSTS_SECONDS": 31_536_000, "SECURE_SSL_REDIRECT": True, "DEBUG": False,
        "SESSION_COOKIE_NAME": "__Host-session", "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax", "SESSION_COOKIE_DOMAIN": None,
        "CSRF_COOKIE_NAME": "__Host-csrf", "CSRF_COOKIE_SECURE": True, "CSRF_COOKIE_HTTPONLY": True,
        "USE_X_FORWARDED_HOST": False,
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/account/login/", "/nothing/here", "/api/v1/project", "/admin/"])
def test_every_answer_tells_browsers_what_they_may_do(client, path):
    headers = client.get(path).headers

    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.django_db
def test_a_script_inside_a_page_runs_by_a_nonce_that_is_new_each_time(rf):
    def policy():
        request = rf.get("/")
        middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse(str(get_nonce(request))))
        answer = middleware(request)
        assert f"'nonce-{answer.text}'" in answer.headers["Content-Security-Policy"]
        return answer.text

    assert policy() != policy()


@pytest.mark.django_db
def test_form_without_its_token_is_refused(alice, project):
    client = sign_in(Client(enforce_csrf_checks=True), alice)

    assert client.post(reverse("projects:settings", args=[project.id]), {"name": "x"}).status_code == 403


@pytest.mark.django_db
def test_foreign_host_is_refused(client, settings):
    settings.ALLOWED_HOSTS = ["nimbus.test"]

    assert client.get("/account/login/", headers={"host": "evil.test"}).status_code == 400


@pytest.mark.django_db
def test_reset_mail_names_no_forwarded_host(client, alice):
    client.post(
        reverse("account_reset_password"), {"email": alice.email}, headers={"x-forwarded-host": "evil.test"}
    )

    assert "http" in mail.outbox[0].body
    assert "evil.test" not in mail.outbox[0].body


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["//evil.test", "https://evil.test/", "javascript:alert(1)"])
def test_sign_in_leads_to_no_other_site(client, alice, target):
    answer = client.post(
        reverse("account_login") + f"?next={target}",
        {"login": alice.email, "password": "a-long-password", "next": target},
    )

    assert answer.status_code == 302
    assert "evil" not in answer.url
    assert "alert" not in answer.url


@pytest.mark.django_db
def test_names_are_text_on_every_page(alice, acme, make_project):
    acme.name = alice.name = TRAP
    acme.save()
    alice.save()
    project = make_project(name=TRAP)
    ids = furnish(project, alice)
    client = sign_in(Client(), alice)
    seen = 0
    for route, rules in access.DASHBOARD.items():
        if "GET" in rules and not route.endswith(("events", "download")):
            answer = client.get(address(route, ids), follow=True)
            if answer.headers["Content-Type"].startswith("text/html"):
                body = answer.getvalue().decode()
                assert TRAP not in body, route
                seen += "&lt;img src=x" in body

    assert seen > 15


@pytest.mark.django_db
def test_names_are_text_in_the_admin(django_user_model, acme, make_project):
    acme.name = TRAP
    acme.save()
    project = make_project(name=TRAP)
    staff = sign_in(
        Client(), django_user_model.objects.create_superuser("staff@nimbus.test", "a-long-password")
    )
    for path in ("projects/project/", f"projects/project/{project.id}/change/", "accounts/organization/"):
        body = staff.get(f"/admin/{path}").text
        assert "&lt;img src=x" in body, path
        assert TRAP not in body, path


@pytest.mark.django_db(transaction=True)
def test_line_break_in_a_name_becomes_no_mail_header(acme, alice):
    acme.name = "Acme\r\nBcc: everybody@evil.test"
    acme.save()

    members.invite(acme, "dora@new.test", "viewer", alice)

    assert mail.outbox[0].message()["Bcc"] is None
    assert "\n" not in mail.outbox[0].subject


def test_line_break_in_a_message_becomes_no_log_line():
    forged = "x\n2026-01-01 CRITICAL root Everything is deleted\x1b[2J\u2028"
    line = OneLine("{levelname} {message}", style="{").format(
        logging.LogRecord("nimbus", logging.WARNING, "", 0, "No such page: %s", (forged,), None)
    )

    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert r"x\n2026-01-01" in line


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["organization", "organization_id", "id", "creator", "results_version"])
def test_fields_of_the_product_are_set_by_nobody(api_as, project, field):
    api = api_as(project, scopes=["admin"])
    answer = api.send(f"projects/{project.id}", {field: "org_aaaaaaaaaaaaaaaa"}, method="patch")

    assert answer.status_code == 422
    assert answer.json()["field"] == field
