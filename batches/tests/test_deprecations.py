"""What of the API is going to end says so in answers, description and a mail to those who use it."""

from datetime import date

import pytest
from drf_spectacular.generators import SchemaGenerator

from batches import uploads
from batches.models import OutboxMail
from nimbus import deprecations
from nimbus.deprecations import Deprecation
from projects import endings

pytestmark = pytest.mark.django_db
ENDING = Deprecation(date(2027, 1, 1), date(2027, 8, 1), "/api/v2/batches/{batch_id}/pages")


@pytest.fixture
def ending(monkeypatch):
    monkeypatch.setattr(endings, "is_new", lambda *_: True)
    monkeypatch.setitem(deprecations.DEPRECATED, ("GET", "api-batch-pages"), ENDING)


@pytest.fixture
def batch(project, alice):
    return uploads.create_batch(project, tier="meta", by=alice)


def test_answer_says_since_when_until_when_and_what_instead(api, batch, ending):
    answer = api.read(f"batches/{batch.id}/pages")

    assert answer.status_code == 200
    assert answer["Deprecation"] == "@1798761600"
    assert answer["Sunset"] == "Sun, 01 Aug 2027 00:00:00 GMT"
    assert '</api/v2/batches/{batch_id}/pages>; rel="successor-version"' in answer["Link"]
    assert '</api/v1/reference>; rel="deprecation"' in answer["Link"]


def test_refusal_says_so_too(client, batch, ending):
    answer = client.get(f"/api/v1/batches/{batch.id}/pages")

    assert (answer.status_code, answer["Deprecation"]) == (401, "@1798761600")


def test_other_method_and_other_address_do_not_end(api, batch, ending, make_page_line):
    for answer in (api.upload(batch.id, make_page_line()), api.read(f"batches/{batch.id}")):
        assert answer.status_code == 200
        assert not {"Deprecation", "Sunset"} & answer.headers.keys()


def test_nothing_ends_without_half_a_year(ending):
    with pytest.raises(ValueError, match="half a year"):
        Deprecation(date(2027, 1, 1), date(2027, 6, 30), "/api/v2")


def test_description_marks_it(ending):
    schema = SchemaGenerator().get_schema(request=None, public=True)

    found = [operation for path in schema["paths"].values() for operation in path.values()]
    operations = {operation["operationId"]: operation for operation in found}
    marked = {name for name, operation in operations.items() if operation.get("deprecated")}
    assert marked == {"batch_pages"}
    told = operations["batch_pages"]["responses"]["200"]["headers"]
    assert {"Deprecation", "Sunset", "Link"} <= told.keys()
    assert "2027-08-01" in operations["batch_pages"]["description"]


def test_owners_of_who_uses_it_get_one_mail(api, batch, bob, ending, settings):
    settings.MAILERS = {"outbox": {"BACKEND": "batches.mailbox.OutboxBackend"}}
    for _ in range(2):
        api.read(f"batches/{batch.id}/pages")

    mail = OutboxMail.objects.get(kind="api_ending")
    assert mail.to == "alice@acme.test"
    assert "1 August 2027" in mail.subject
    for part in (mail.text, mail.html):
        assert f"GET /api/v1/batches/{batch.id}/pages" in part


def test_use_is_noticed_once_a_day(project):
    use = (project.organization_id, "GET", "api-batch-pages")

    assert [endings.is_new(*use), endings.is_new(*use)] == [True, False]
