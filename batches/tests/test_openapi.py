"""The OpenAPI description is complete, checked in, and true."""

import json
from pathlib import Path

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.models import ProviderKey
from batches import executor, uploads
from batches.openapi.operations import OPERATIONS
from nimbus import clock
from tests.cast import ApiClient

pytestmark = pytest.mark.django_db

CHECKED_IN = Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.json"
RENEW = "manage.py spectacular --format openapi-json --file docs/openapi.json"


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture
def operations(schema):
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def closed(value):
    """The same schema, of objects that hold what is named and nothing else."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: closed(item) for name, item in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") == "object":
        inner.setdefault("additionalProperties", False)
    return inner


def check(schema, shape, value):
    components = closed({"schemas": schema["components"]["schemas"]})
    jsonschema.Draft202012Validator({"components": components} | closed(shape)).validate(value)


def test_checked_in_description_is_the_products_own(schema):
    assert json.loads(CHECKED_IN.read_text()) == json.loads(json.dumps(schema)), f"Renew it: {RENEW}"


def test_table_names_every_operation_and_no_other(operations):
    assert {operation["operationId"] for _, _, operation in operations} == set(OPERATIONS)
    assert len(operations) == len(OPERATIONS)


def test_every_example_is_what_its_shape_says(schema, operations):
    seen = 0
    for _, _, operation in operations:
        sent = [operation["requestBody"]] if "requestBody" in operation else []
        for part in [*sent, *operation["responses"].values()]:
            for kind, media in part.get("content", {}).items():
                examples = [each["value"] for each in media.get("examples", {}).values()]
                assert examples or "example" in media, operation["operationId"]
                if "json" in kind and kind != "application/x-ndjson":
                    for example in examples or [media["example"]]:
                        check(schema, media["schema"], example)
                        seen += 1

    assert seen > 80


def test_every_operation_tells_its_refusals_and_headers(schema, operations):
    for path, method, operation in operations:
        answers = operation["responses"]
        assert {"400", "401", "403", "429", "500", "503"} <= set(answers), path
        assert ("404" in answers) == ("{" in path), path
        assert ({"413", "415", "422"} <= set(answers)) or method == "get", path
        for status, answer in answers.items():
            told = answer
            if "$ref" in answer:
                told = schema["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
            assert {"X-Request-Id", "RateLimit"} <= set(told["headers"]), (path, status)
            assert status not in ("429", "503") or "Retry-After" in told["headers"]


def test_every_write_takes_an_idempotency_key_and_every_read_fields(operations):
    for _, method, operation in operations:
        named = {parameter["name"] for parameter in operation["parameters"]}
        assert ("Idempotency-Key" in named) == (method != "get"), operation["operationId"]
        assert ("fields" in named) == (method == "get"), operation["operationId"]


@pytest.fixture
def admin(project, make_key):
    return ApiClient(make_key(project, whole=True, scopes=["admin"])[1])


@pytest.fixture
def batch(project, alice, make_page_line):
    project.settings = {"review_mode": "auto"}
    project.save()
    # A key that is revoked, which the list of keys shows all the same.
    key = {"ciphertext": b"", "encryption_key_id": "", "hint": "abcd", "revoked_at": clock.now()}
    ProviderKey.objects.create(organization=project.organization, **key)
    batch = uploads.create_batch(project, tier="meta", by=alice)
    lines = [make_page_line(f"/{number}.html") for number in range(2)]
    uploads.accept(batch, [json.dumps(line).encode() for line in lines], alice)
    return batch


def look(schema, operations, admin, batch):
    """Read whatever answers JSON; the names of what was read."""
    ids = {"project_id": batch.project_id, "batch_id": batch.id, "page_id": batch.runs.first().page_id}
    for path, method, operation in operations:
        media = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        if method == "get" and media:
            address = path.format(**ids) + ("?include=pages" if path.endswith("{batch_id}") else "")
            answer = admin.get(address)
            assert answer.status_code == 200, address
            check(schema, media["schema"], answer.json())
            yield operation["operationId"]


@pytest.mark.django_db(transaction=True)
def test_answers_hold_what_is_described_and_nothing_else(schema, operations, admin, batch, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    before = list(look(schema, operations, admin, batch))

    admin.send(f"batches/{batch.id}/submit")
    executor.run("test-worker", 2, 10)

    assert len(before) > 10
    assert list(look(schema, operations, admin, batch)) == before
    pages = b"".join(admin.read(f"batches/{batch.id}/results").streaming_content).splitlines()
    *lines, end = b"".join(admin.read(f"projects/{batch.project_id}/results").streaming_content).splitlines()
    assert len(pages) == len(lines) == 2
    for shape, line in [*(("PageData", page) for page in pages), *(("ResultLine", line) for line in lines)]:
        check(schema, {"$ref": f"#/components/schemas/{shape}"}, json.loads(line))
    check(schema, {"$ref": "#/components/schemas/ResultsEnd"}, json.loads(end))


def test_field_that_is_not_described_is_seen(schema):
    total = {"name": "CI", "prefix": "nmb_live_1", "kind": "live", "scopes": [], "secret": "x"}
    shape = schema["components"]["schemas"]["WhoAmI"]["properties"]["key"]

    with pytest.raises(jsonschema.ValidationError, match="secret"):
        check(schema, shape, total)
