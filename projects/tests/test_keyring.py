"""API keys from the dashboard: what they may, how they are rolled, and where their secrets are not."""

import logging
import math
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from accounts.models import AuditEvent
from projects.models import APIKey
from projects.models.keys import ALPHABET, generate, is_well_formed
from tests.cast import ApiClient, sign_in
from tests.traces import traces

pytestmark = pytest.mark.django_db
SECRET = re.compile(r'id="secret">(nmb_(?:live|test)_\w+)<')


@pytest.fixture
def signed_in(client, alice):
    return sign_in(client, alice)


def form(**changes):
    return {"form_token": "t1", "name": "CI", "kind": "live", "scopes": ["read"]} | changes


def issue(client, project, **changes):
    return client.post(f"/projects/{project.id}/keys", form(**changes))


def test_key_is_beyond_guessing_and_a_typing_error_is_told_without_the_database(django_assert_num_queries):
    secret = generate("live")

    assert (len(secret) - len("nmb_live_") - 6) * math.log2(len(ALPHABET)) >= 190
    assert is_well_formed(secret)
    with django_assert_num_queries(0):
        assert APIKey.objects.authenticate(secret[:-1] + ("0" if secret[-1] != "0" else "1")) is None


def test_form_that_is_sent_again_issues_no_second_key(signed_in, project):
    first, again = issue(signed_in, project), issue(signed_in, project)

    assert SECRET.search(first.text)
    assert APIKey.objects.count() == 1
    assert "issued already" in signed_in.get(again.url).text


def test_key_has_the_rights_that_were_ticked(signed_in, project):
    secret = SECRET.search(issue(signed_in, project).text)[1]

    assert ApiClient(secret).read("project").status_code == 200
    assert ApiClient(secret).send(f"projects/{project.id}/batches", {}).json()["code"] == "scope_missing"


def test_key_ends_with_its_time(signed_in, project):
    secret = SECRET.search(issue(signed_in, project, lifetime="30").text)[1]
    assert ApiClient(secret).read("project").status_code == 200

    APIKey.objects.update(expires_at=timezone.now())
    assert ApiClient(secret).read("project").status_code == 401


def test_key_works_from_its_networks_alone(signed_in, project):
    secret = SECRET.search(issue(signed_in, project, networks="192.0.2.0/24\n2001:db8::1").text)[1]

    def status(address):
        return ApiClient(secret, REMOTE_ADDR=address).read("project").status_code

    assert [status("192.0.2.7"), status("2001:db8::1"), status("::ffff:192.0.2.9")] == [200, 200, 200]
    assert [status("198.51.100.1"), status("")] == [403, 403]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [(0, "192.0.2.7", 403), (1, "192.0.2.7", 200), (1, "192.0.2.7, 203.0.113.9", 403), (2, "192.0.2.7", 403)],
)
def test_what_a_caller_writes_before_the_proxies_is_not_believed(
    project, make_key, proxies, forwarded, status
):
    _, secret = make_key(project, networks=["192.0.2.0/24"])

    with override_settings(TRUSTED_PROXIES=proxies):
        answer = ApiClient(secret).read("project", headers={"x-forwarded-for": forwarded})
    assert answer.status_code == status


def test_network_that_is_none_is_refused(signed_in, project):
    assert issue(signed_in, project, networks="everywhere").status_code == 422
    assert not APIKey.objects.exists()


def test_rolled_key_works_for_its_hours_beside_the_new_one(signed_in, project, make_key):
    old, old_secret = make_key(project, networks=["127.0.0.1"])
    page = signed_in.post(f"/projects/{project.id}/keys/{old.id}/roll", {"form_token": "r", "hours": "24"})
    new_secret = SECRET.search(page.text)[1]

    old.refresh_from_db()
    assert old.replaced_by.networks == ["127.0.0.1"]
    assert [ApiClient(s).read("project").status_code for s in (old_secret, new_secret)] == [200, 200]

    APIKey.objects.filter(id=old.id).update(expires_at=old.expires_at - timedelta(hours=24, seconds=1))
    assert [ApiClient(s).read("project").status_code for s in (old_secret, new_secret)] == [401, 200]
    assert AuditEvent.objects.filter(action="api_key.rolled", target=old.id).count() == 1


def test_form_that_rolls_is_sent_twice_and_rolls_once(signed_in, project, make_key):
    old, _ = make_key(project)
    for _ in range(2):
        signed_in.post(f"/projects/{project.id}/keys/{old.id}/roll", {"form_token": "r", "hours": "1"})

    assert APIKey.objects.count() == 2


def test_editor_rolls_no_key(client, bob, project, make_key):
    key, _ = make_key(project)

    answer = sign_in(client, bob).post(f"/projects/{project.id}/keys/{key.id}/roll", {"form_token": "r"})
    assert answer.status_code == 403


def test_new_pepper_takes_keys_along_and_a_new_secret_key_touches_none(project, make_key, settings):
    _, secret = make_key(project)
    settings.SECRET_KEY = "another-" + "1" * 50
    assert ApiClient(secret).read("project").status_code == 200

    settings.NIMBUS_KEY_PEPPER_FALLBACKS = [settings.NIMBUS_KEY_PEPPER]
    settings.NIMBUS_KEY_PEPPER = "the-next-pepper"
    assert ApiClient(secret).read("project").status_code == 200

    settings.NIMBUS_KEY_PEPPER_FALLBACKS = []
    assert ApiClient(secret).read("project").status_code == 200


def test_pepper_that_is_gone_takes_its_keys_along(project, make_key, settings):
    _, secret = make_key(project)
    settings.NIMBUS_KEY_PEPPER = "quite-another-pepper"

    assert ApiClient(secret).read("project").status_code == 401


@override_settings(DEBUG=False)
def test_secret_is_in_no_row_file_cache_log_mail_or_error_page(signed_in, project, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    secret = SECRET.search(issue(signed_in, project, scopes=["admin"]).text)[1]
    api = ApiClient(secret, raise_request_exception=False)
    pages = [
        api.read("project"),
        api.read("batches/batch_20200101_000000_AAAAAA"),
        api.send(f"projects/{project.id}/batches", {"tier": secret}),
        ApiClient(secret[:-1] + "!").read("project"),
        signed_in.get(f"/projects/{project.id}/keys"),
        signed_in.get("/you/audit"),
    ]
    monkeypatch.setattr("projects.api.key_data", lambda key: 1 / 0)
    pages.append(api.read("project"))

    assert pages[-1].status_code == 500
    assert [page.status_code for page in pages if secret in page.text] == []
    assert traces(secret) == []
    assert secret not in caplog.text + "".join(str(message.message()) for message in mail.outbox)


def test_control_the_search_for_traces_finds_what_is_there(project, make_key):
    key, secret = make_key(project)
    APIKey.objects.filter(id=key.id).update(name=secret[:60])

    assert traces(secret[:60]) == [f"{secret[:60]} in projects_apikey"]
