"""What becomes of each line of an upload."""

import gzip
import zlib

import orjson
import pytest

from accounts.models import AuditEvent
from batches import page_ids, uploads
from batches.models import Artifact, Batch, Page, PageRun, PageSnapshot
from nimbus import artifacts
from tests.cast import block

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, alice):
    return uploads.create_batch(project, tier="full", by=alice)


def outcome(answer, number=1):
    assert answer.status_code == 200, answer.content
    return next(item for item in answer.json()["outcomes"] if item["line"] == number)


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    return True


def test_page_is_stored_with_its_snapshot_and_event(api, batch, project, make_page_line):
    answer = api.upload(batch.id, make_page_line(dimensions={"brand": "Rolex"}))

    assert answer.json() | {"outcomes": []} == {
        "accepted": 1, "replaced": 0, "rejected": 0, "page_count": 1, "outcomes": [],
    }  # fmt: skip
    run = PageRun.objects.get()
    assert (
        run.page_id == page_ids.page_id(project.id, "acme.test", "/about.html") == outcome(answer)["page_id"]
    )
    assert (run.status, run.title, run.page.dimensions) == ("uploaded", "About us", {"brand": "Rolex"})
    assert run.snapshot.extraction["above_fold_blocks"] == [block()]
    event = AuditEvent.objects.get(action="page.uploaded")
    assert (event.target, event.batch, event.step) == (run.page_id, batch.id, "upload")


@pytest.mark.parametrize("line", [b"\n", b"x\n"])
def test_a_small_body_of_endless_lines_is_refused(api, batch, monkeypatch, line):
    monkeypatch.setattr(uploads, "MAX_LINES", 1_000)

    answer = api.upload(batch.id, line * 1_001)

    assert refused(answer, 413, "too_large")
    assert "1,000 lines" in answer.json()["detail"]


def test_bad_line_never_sinks_the_others(api, batch, make_page_line):
    lines = [make_page_line(f"/{number}.html") for number in range(450)]
    lines[217] = b'{"broken'

    answer = api.upload(batch.id, *lines)

    assert (answer.json()["accepted"], answer.json()["rejected"]) == (449, 1)
    assert outcome(answer, 218)["code"] == "malformed"
    assert [item["line"] for item in answer.json()["outcomes"]] == list(range(1, 451))
    assert Batch.objects.get().page_count == PageSnapshot.objects.count() == 449


def test_same_page_twice_is_replaced_by_the_last_line(api, batch, make_page_line):
    answer = api.upload(batch.id, make_page_line(title="First"), b"", make_page_line(title="Last"))

    assert [item["outcome"] for item in answer.json()["outcomes"]] == ["accepted", "replaced"]
    assert PageRun.objects.get().title == "Last"
    assert PageSnapshot.objects.get().extraction["head"]["title"] == "Last"


def test_resent_upload_changes_nothing(api, batch, make_page_line):
    api.upload(batch.id, make_page_line())
    before = PageRun.objects.values().get()

    answer = api.upload(batch.id, make_page_line())

    assert answer.json()["replaced"] == 1
    assert PageRun.objects.values().get() == before


def test_page_of_an_earlier_batch_keeps_its_identity(api, batch, project, alice, make_page_line):
    api.upload(batch.id, make_page_line())
    later = uploads.create_batch(project, by=alice)

    api.upload(later.id, make_page_line(source_path="build/about.html"))

    assert Page.objects.get().source_path == "build/about.html"
    assert PageRun.objects.count() == 2


def test_content_hash_moves_with_text_and_not_with_place(api, batch, make_page_line):
    def hash_of(**changes):
        api.upload(batch.id, make_page_line(**changes))
        return PageRun.objects.get().content_hash

    first = hash_of()
    assert hash_of(source_path="elsewhere/about.html") == first
    assert (
        len({first, hash_of(title="New"), hash_of(blocks=[block("New")]), hash_of(dimensions={"a": "b"})})
        == 4
    )


def test_source_is_kept_for_the_preview(api, batch, make_page_line):
    api.upload(batch.id, make_page_line(source_html="<p>Ünïcode</p>"))

    assert artifacts.get(PageSnapshot.objects.get().source_key).decode() == "<p>Ünïcode</p>"
    assert Artifact.objects.get().kind == "page"


def test_source_is_dropped_where_the_project_wants_no_preview(api, batch, project, make_page_line):
    project.settings = {"preview": False}
    project.save()

    api.upload(batch.id, make_page_line(source_html="<p>x</p>"))

    assert PageSnapshot.objects.get().source_key == ""


def change(field, value):
    def changed(line):
        *parents, last = field.split(".")
        for parent in parents:
            line = line[parent]
        line[last] = value

    return changed


BAD = [
    ("page_url", None, "invalid"), ("page_url", 5, "invalid"), ("page_url", "about.html", "invalid"),
    ("page_url", "//evil.test/", "invalid"), ("page_url", "javascript:alert(1)", "invalid"),
    ("page_url", "https://evil.test/", "wrong_domain"),
    ("page_url", "https://\u0430cme.test/", "wrong_domain"),
    ("page_url", "/" + "x" * 5000, "invalid"),
    ("source_path", None, "invalid"), ("source_path", ["x"], "invalid"),
    ("source_path", "x" * 1025, "invalid"),
    ("source_path", "../../etc/passwd", "unsafe_path"), ("source_path", "..\\..\\x.html", "unsafe_path"),
    ("source_path", "/etc/passwd", "unsafe_path"), ("source_path", "C:\\x.html", "unsafe_path"),
    ("source_path", "dist/../../x", "unsafe_path"), ("source_path", ".git/config", "unsafe_path"),
    ("source_path", "a\nb", "unsafe_path"), ("source_path", "\\\\host\\share", "unsafe_path"),
    ("page_id", "page_000000000000000000000000", "page_id_mismatch"), ("page_id", 5, "page_id_mismatch"),
    ("source_html", 5, "invalid"), ("extraction", None, "invalid"), ("extraction", [], "invalid"),
    ("extraction.head", "x", "invalid"), ("extraction.head.title", 5, "invalid"),
    ("extraction.head.title", {"a": 1}, "invalid"), ("extraction.dimensions", [1], "invalid"),
    ("extraction.dimensions.a", {"b": "c"}, "invalid"),
    ("extraction.dimensions", {str(n): "x" for n in range(500)}, "invalid"),
    ("extraction.above_fold_blocks", {}, "invalid"), ("extraction.above_fold_blocks", ["x"], "invalid"),
    ("extraction.above_fold_blocks", [block() | {"id": "block-0"}], "invalid"),
    ("extraction.above_fold_blocks", [block() | {"content": 5}], "invalid"),
    ("extraction.above_fold_blocks", [block(), block()], "invalid"),
    ("extraction.above_fold_blocks", [block() | {"attributes": ["x"]}], "invalid"),
    ("extraction.above_fold_blocks", [block(str(n)) for n in range(2001)], "invalid"),
    ("extraction.selector_map", {block()["id"]: 5}, "invalid"),
]  # fmt: skip
BAD += [
    ("extraction.above_fold_blocks", [block(kind=kind)], "invalid")
    for kind in ("script", "STYLE", "iframe", "svg", "template", "<p>", "")
]


@pytest.mark.parametrize(("field", "value", "code"), BAD, ids=[f"{b[0]}-{n}" for n, b in enumerate(BAD)])
def test_bad_line_is_told_with_code_and_field(api, batch, make_page_line, field, value, code):
    line = make_page_line()
    change(field, value)(line)

    found = outcome(api.upload(batch.id, line))

    assert (found["outcome"], found["code"]) == ("rejected", code)
    assert found["field"].startswith(field)
    assert not PageRun.objects.exists()


@pytest.mark.parametrize(
    "line",
    [b"{", b"null", b"[]", b'"x"', b"5", b'{"a":1,"a":2}', b'{"page_url":"\\u0000"}',
     b'{"source_path":"\\udc00"}',
     b"[" * 60_000, b'{"a":' * 33 + b"1" + b"}" * 33, b'{"a":NaN}', b"\xff\xfe{}", b"\x00"],
)  # fmt: skip
def test_malformed_line_is_told(api, batch, line):
    assert outcome(api.upload(batch.id, line))["code"] == "malformed"


def test_page_without_text_is_told(api, batch, make_page_line):
    only_picture = [block("<img1/> 123 &amp;")]

    assert outcome(api.upload(batch.id, make_page_line(title=" ", blocks=only_picture)))["code"] == "no_text"


def test_surplus_pages_are_told(api, batch, project, make_page_line):
    project.settings = {"max_pages_per_batch": 2}
    project.save()

    answer = api.upload(batch.id, *(make_page_line(f"/{n}") for n in (1, 2, 3, 2)))

    assert [item["outcome"] for item in answer.json()["outcomes"]] == [
        "accepted",
        "accepted",
        "rejected",
        "replaced",
    ]
    assert outcome(answer, 3)["code"] == "batch_full"


def test_oversize_page_is_told_and_the_next_goes_in(api, batch, make_page_line, settings):
    settings.MAX_PAGE_BYTES = 100_000

    answer = api.upload(batch.id, make_page_line(source_html="x" * 300_000), make_page_line("/b.html"))

    assert outcome(answer, 1)["code"] == "too_large"
    assert outcome(answer, 2)["outcome"] == "accepted"


def test_harmful_attributes_are_dropped(api, batch, make_page_line):
    attributes = {"onload": "x()", "style": "a", "srcdoc": "b", "href": " java\nscript:x", "class": "lead"}

    api.upload(batch.id, make_page_line(blocks=[block() | {"attributes": attributes}]))

    assert PageSnapshot.objects.get().extraction["above_fold_blocks"][0]["attributes"] == {"class": "lead"}


def test_unknown_and_smuggled_fields_are_dropped(api, batch, make_page_line):
    api.upload(batch.id, make_page_line(status="done", organization_id="org_x", __proto__={"a": 1}))

    assert PageRun.objects.get().status == "uploaded"
    assert PageRun.objects.get().organization_id == batch.organization_id


def test_text_of_every_script_is_kept_exactly(api, batch, make_page_line):
    text = "مرحبا 東京 ไทย \u202e\u200b =HYPERLINK() &amp;lt; \U0001f600 Z\u0301\u0302"

    api.upload(batch.id, make_page_line(blocks=[block(text)]))

    assert PageSnapshot.objects.get().extraction["above_fold_blocks"][0]["content"] == text


def test_gzip_is_inflated(api, batch, make_page_line):
    body = gzip.compress(orjson.dumps(make_page_line()) + b"\n") + gzip.compress(
        orjson.dumps(make_page_line("/b"))
    )

    answer = api.upload(batch.id, body, headers={"content-encoding": "gzip"})

    assert answer.json()["accepted"] == 2


def test_gzip_bomb_is_stopped_at_the_limit(api, batch, settings):
    settings.MAX_UPLOAD_BYTES = 4 * 2**20
    bomb = gzip.compress(b"\n" * 64 * 2**20)

    assert refused(api.upload(batch.id, bomb, headers={"content-encoding": "gzip"}), 413, "too_large")


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b"{}" * 100, mtime=0)[:-9], zlib.compress(b"{}")]
)
def test_damaged_gzip_is_malformed(api, batch, body):
    assert refused(api.upload(batch.id, body, headers={"content-encoding": "gzip"}), 400, "malformed")


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_other_encodings_are_415(api, batch, encoding):
    answer = api.upload(batch.id, b"x", headers={"content-encoding": encoding})

    assert refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-ndjson; charset=utf-16", ""]
)
def test_other_types_are_415(api, batch, kind):
    answer = api.send(f"batches/{batch.id}/pages", b"{}", content_type=kind)

    assert refused(answer, 415, "unsupported_media_type")


def test_oversize_body_is_413(api, batch, settings):
    settings.MAX_UPLOAD_BYTES = 1024

    assert refused(api.upload(batch.id, b"x" * 1025), 413, "too_large")


def test_empty_body_is_malformed(api, batch):
    assert refused(api.upload(batch.id, b"\n\n"), 400, "malformed")


def test_upload_after_submit_is_409(api, batch, make_page_line):
    Batch.objects.update(status="queued")

    assert refused(api.upload(batch.id, make_page_line()), 409, "batch_not_uploading")
    assert not PageRun.objects.exists()


def test_other_organizations_batch_reads_like_an_unknown_one(api, foreign_project, charlie, make_page_line):
    foreign = uploads.create_batch(foreign_project, by=charlie)

    assert refused(api.upload(foreign.id, make_page_line()), 404, "not_found")
    assert refused(api.upload("batch_20260101_000000_AAAAAA", make_page_line()), 404, "not_found")


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_are_split_whatever_the_pieces(size):
    data = b"a\n\nlonger line\nx"
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    assert list(uploads.split(pieces, 100)) == [b"a", b"", b"longer line", b"x"]


def test_line_that_is_too_long_is_cut():
    assert list(uploads.split([b"abcdef", b"ghi\nx\n"], 4)) == [b"abcde", b"x", b""]
