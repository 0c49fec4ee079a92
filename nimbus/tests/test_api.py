"""Whatever arrives under /api/, the answer is JSON with a code."""

import gzip
import re

import orjson
import pytest

from nimbus import strictjson
from nimbus.strictjson import MalformedError

pytestmark = pytest.mark.django_db


def code_of(response):
    assert response["Content-Type"] == "application/problem+json", response.content[:200]
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "project/",
        "batches/%00",
        "batches/../../etc",
        "projects/proj_1'--",
        "batches/batch_ü",
        "pages?a=%ff",
    ],
)
def test_unknown_address_is_json(api, path):
    assert code_of(api.read(path)) == (404, "not_found")


def test_api_root_is_json(client):
    assert code_of(client.get("/api")) == (404, "not_found")
    assert code_of(client.post("/api/v2/projects")) == (404, "not_found")


@pytest.mark.parametrize("method", ["delete", "put", "patch"])
def test_wrong_method_is_405(api, method):
    answer = getattr(api, method)("/api/v1/project")

    assert code_of(answer) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
     "application/json; charset=utf-7", "application/json; charset=zlib_codec",
     "application/json; charset=nope"],
)  # fmt: skip
def test_other_types_and_charsets_are_415(api, project, content_type):
    answer = api.send(f"projects/{project.id}/batches", b"{}", content_type=content_type)

    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [b"{", b"null", b"[]", b'"x"', b"5", b" ", "{}".encode("utf-16"), b'{"label":"\\u0000"}',
     b'{"label":"\\ud800"}', b'{"label":"a","label":"b"}', b'{"priority":NaN}', b'{"priority":1e999}',
     b'{"priority":' + b"9" * 4000 + b"}", b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 50_000,
     b'{"label":"\xff"}', b"{'label': 1}", b'{"a":1,}'],
)  # fmt: skip
def test_malformed_body_is_400(api, project, body):
    assert code_of(api.send(f"projects/{project.id}/batches", body)) == (400, "malformed")


def test_oversize_body_is_413(api, project, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert code_of(api.send(f"projects/{project.id}/batches", b" " * 1001)) == (413, "too_large")


def test_unforeseen_error_is_a_json_500(api, project, monkeypatch):
    monkeypatch.setattr("projects.api.project_data", lambda project: 1 / 0)
    api.raise_request_exception = False

    answer = api.read("project")

    assert code_of(answer) == (500, "internal")
    assert b"ZeroDivision" not in answer.content


def test_accept_header_never_turns_an_answer_into_html(api):
    answer = api.read("project", headers={"accept": "text/html"})

    assert answer["Content-Type"] == "application/json"


def test_every_answer_carries_a_request_id(api):
    assert api.read("project", headers={"x-request-id": "my-request-1"})["X-Request-Id"] == "my-request-1"


@pytest.mark.parametrize("depth", [32, 33])
def test_depth_ends_at_32(depth):
    data = b"[" * depth + b"]" * depth
    if depth == 32:
        assert strictjson.loads(data)
    else:
        with pytest.raises(MalformedError):
            strictjson.loads(data)


def test_repeated_key_is_named():
    with pytest.raises(MalformedError) as error:
        strictjson.loads(b'{"a": {"url": 1, "url": 2}}')

    assert error.value.field == "url"


def test_text_of_any_script_is_kept():
    text = "مرحبا 東京 \U0001f600 \u202e"

    assert strictjson.loads(f'["{text}", "\\ud83d\\ude00"]'.encode()) == [text, "\U0001f600"]


@pytest.mark.parametrize("debug", [True, False])
def test_foreign_host_is_refused_in_json(client, settings, debug):
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, ["acme.test"]

    assert code_of(client.get("/api/v1/project", headers={"host": "evil.test"})) == (400, "malformed")


PLAIN = [
    b'{"a":1,"b":[{"c":"x"}]}', b'[{"a":{"a":{"a":1}}}]', b'{"a":": b","c":1}', b'{"a" :1,"c":": x"}',
    b'{"a\\":b":1}', b'{"a":123456789012345678901}', b'{"a":1.5e3,"b":-0,"c":1e-7}', b'  {"a" : 1}\t',
    b'"\\":"', b"[]", b"null", b'{"":1}', '{"é":"“ü”"}'.encode(), b'{"a":"\\u00e9"}', b'\xef\xbb\xbf{"a":1}',
    b"[" * 32 + b"]" * 32,
]  # fmt: skip
WRONG = [
    b'{"a":1,"a":2}', b'{"a" :1,"b":{"c":1,"c":2}}', b'{"a" :": x","b":1,"b":2}', b'{"a":": x","b" :1,"b":1}',
    b'{"a\t":1}', b'[{"a"  :1,"x":":","b":1,"b":2}]', b"[" * 33 + b"]" * 33, b'{"a":12345678901234567890}',
    b'{"a":1e999}', b'{"a":NaN}', b'"\\ud800"', b'"\\u0000"', b'{"a":1}x', b"\xff", b"", b'{"a":01}',
]  # fmt: skip


@pytest.mark.parametrize("data", PLAIN)
def test_quick_reader_says_what_the_strict_one_says(data):
    try:
        strict = strictjson.read_strictly(data)
    except MalformedError as error:
        with pytest.raises(MalformedError, match=re.escape(error.message)):
            strictjson.loads(data)
    else:
        assert repr(strictjson.loads(data)) == repr(strict)


@pytest.mark.parametrize("data", WRONG)
def test_quick_reader_takes_nothing_that_the_strict_one_refuses(data):
    with pytest.raises(MalformedError):
        strictjson.read_strictly(data)
    with pytest.raises(MalformedError):
        strictjson.loads(data)


def test_plain_line_is_read_the_quick_way(monkeypatch):
    monkeypatch.setattr(strictjson, "read_strictly", None)

    assert strictjson.loads(b'{"page_url":"/a","extraction":{"head":{"title":"A: b"}}}')


def test_json_may_come_as_gzip_but_no_bomb(api, project, settings):
    path, packed = f"projects/{project.id}/batches", {"content-encoding": "gzip"}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    bomb = gzip.compress(b'{"label": "' + b" " * 1_000_000 + b'"}')

    good = api.send(path, gzip.compress(b'{"label": "packed"}'), headers=packed)
    assert (good.status_code, good.json()["label"]) == (201, "packed")
    for body, encoding, status in (
        (bomb, "gzip", 413), (b"{}", "gzip", 400), (b"{}", "br", 415),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
    ):  # fmt: skip
        assert api.send(path, body, headers={"content-encoding": encoding}).status_code == status


def test_page_to_optimize_may_come_as_gzip(api, project, make_page_line):
    body = gzip.compress(orjson.dumps(make_page_line("/a.html")))

    answer = api.send(f"projects/{project.id}/optimize", body, headers={"content-encoding": "gzip"})

    assert answer.status_code == 202
