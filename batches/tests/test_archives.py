"""A site as ZIP goes in, and comes back with approved text and nothing else changed."""

import io
import stat
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batches import archives, downloads, reviews
from batches.models import Artifact, Batch, PageRun, Suggestion
from batches.zipfiles import BadArchiveError
from nimbus import artifacts
from nimbus.errors import InvalidError, NotFoundError

pytestmark = pytest.mark.django_db
PAGE = b"<!doctype html>\r\n<title>About us</title>\n<h1>Watches &amp; clocks</h1><p>Repaired  by post.</p>"
PICTURE = bytes(range(256)) * 20


def pack(*entries, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return SimpleUploadedFile("site.zip", target.getvalue())


def unpack(artifact):
    """The files of the site, without what tells of the change."""
    with zipfile.ZipFile(io.BytesIO(artifacts.get(artifact.key))) as archive:
        return {
            entry.filename: archive.read(entry)
            for entry in archive.infolist()
            if not entry.filename.startswith(".nimbus/")
        }


@pytest.fixture
def site():
    return pack(("dist/index.html", PAGE), ("dist/a b/über.html", PAGE), ("dist/logo.png", PICTURE))


def finish(batch, **texts):
    run = PageRun.objects.get(batch=batch, page__path="/")
    PageRun.objects.filter(batch=batch).update(status="done", model="offline")
    for target, (original, text) in texts.items():
        suggestion = Suggestion.objects.create(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target=target,
            kind="head", original=original, original_hash="0", text=text,
        )  # fmt: skip
        reviews.approve(suggestion, by="user_alice")


def test_every_page_of_the_zip_is_queued(project, alice, site):
    batch = archives.receive(project, site, "meta", alice, label="Spring")

    runs = PageRun.objects.filter(batch=batch).select_related("page").order_by("id")
    assert (batch.status, batch.label, batch.page_count) == ("queued", "Spring", 2)
    assert [run.page.path for run in runs] == ["/", "/a%20b/%C3%BCber.html"]
    assert runs[0].page.source_path == "dist/index.html"
    assert runs[0].snapshot.extraction["head"]["title"] == "About us"
    assert artifacts.get(runs[0].snapshot.source_key) == PAGE.replace(b"\r\n", b"\n")


def test_dimensions_are_read_by_the_projects_rules(make_project, alice):
    project = make_project(dimension_rules=[{"type": "url", "pattern": "/{brand}/{place}.html"}])

    archives.receive(project, pack(("rolex/leeds.html", PAGE), ("index.html", PAGE)), "meta", alice)

    run = PageRun.objects.get(page__path="/rolex/leeds.html")
    assert (
        run.snapshot.extraction["dimensions"] == run.page.dimensions == {"brand": "rolex", "place": "leeds"}
    )


def test_wrong_dimension_rules_are_told(make_project, alice, site):
    with pytest.raises(InvalidError):
        archives.receive(make_project(dimension_rules=[{"type": "x"}]), site, "meta", alice)


def test_wrong_hero_selector_is_told(make_project, alice, site):
    with pytest.raises(InvalidError, match="Name elements by tag"):
        archives.receive(make_project(hero_selector="main p"), site, "meta", alice)


def test_pages_are_read_by_the_projects_settings(make_project, alice):
    project = make_project(hero_selector="p", json_ld=True)
    json_ld = b'<script type="application/ld+json">{"name": "Shop"}</script>'

    archives.receive(project, pack(("index.html", PAGE + json_ld)), "meta", alice)

    extraction = PageRun.objects.get().snapshot.extraction
    assert [block["type"] for block in extraction["above_fold_blocks"]] == ["p"]
    assert [block["type"] for block in extraction["rest_of_page_blocks"]] == ["h1", "json-ld"]


def test_social_titles_follow_where_the_project_wants_it(make_project, alice):
    social = PAGE + b'<meta property="og:title" content="Card">'
    batch = archives.receive(make_project(og_follows=True), pack(("index.html", social)), "meta", alice)
    finish(batch, title=("About us", "Repair"))

    built = unpack(archives.build(batch))["index.html"]

    assert built == social.replace(b"About us", b"Repair").replace(b"Card", b"Repair")


def test_unreadable_pages_are_named_and_the_others_go_in(project, alice):
    file = pack(
        ("a.html", PAGE), ("empty.html", b""), ("data.html", b"\0" * 99), ("img.html", b"<p><img></p>")
    )

    batch = archives.receive(project, file, "meta", alice)

    assert batch.page_count == 1
    assert {item["source_path"]: item["code"] for item in batch.plan["refused"]} == {
        "empty.html": "empty", "data.html": "not_html", "img.html": "no_text",
    }  # fmt: skip


def test_zip_comes_back_with_approved_text_and_nothing_else(project, alice, site):
    batch = archives.receive(project, site, "meta", alice)
    finish(batch, title=("About us", "Watch repair by post"))

    files = unpack(archives.build(batch))

    assert files == {
        "dist/index.html": PAGE.replace(b"About us", b"Watch repair by post"),
        "dist/a b/über.html": PAGE,
        "dist/logo.png": PICTURE,
    }


def test_stale_head_stays(project, alice, site):
    batch = archives.receive(project, site, "meta", alice)
    finish(batch, title=("Another title", "New"))

    assert unpack(archives.build(batch))["dist/index.html"] == PAGE


def test_built_twice_is_one_file(project, alice, site):
    batch = archives.receive(project, site, "meta", alice)

    assert archives.build(batch) == archives.build(batch)
    assert Artifact.objects.filter(kind="site").count() == 1


def test_batch_without_a_zip_has_none_to_give(project, alice):
    batch = Batch.objects.create(organization_id=project.organization_id, project=project, tier="meta")

    with pytest.raises(NotFoundError):
        archives.build(batch)


@pytest.mark.parametrize(
    "name", ["../evil.html", "/etc/x.html", "a/../../b.html", "C:\\x.html", "..\\x.html", "a\nb.html"]
)
def test_path_out_of_the_folder_is_refused(project, alice, name):
    with pytest.raises(BadArchiveError):
        archives.receive(project, pack(("a.html", PAGE), (name, PAGE)), "meta", alice)
    assert not Batch.objects.exists()


def test_link_is_refused(project, alice):
    link = zipfile.ZipInfo("link.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    # Its target reads as a page, so that nothing but the link can be refused.
    with pytest.raises(BadArchiveError):
        archives.receive(project, pack((link, PAGE)), "meta", alice)


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04" + b"x" * 50, b"PK\x05\x06" + b"\xff" * 18])
def test_file_that_is_no_zip_is_refused(project, alice, data):
    with pytest.raises(BadArchiveError):
        archives.receive(project, SimpleUploadedFile("x.zip", data), "meta", alice)


def test_damaged_entry_is_refused(project, alice):
    data = bytearray(pack(("a.html", PAGE), method=zipfile.ZIP_STORED).read())
    data[data.index(b"About")] ^= 1

    with pytest.raises(BadArchiveError, match="damaged"):
        archives.receive(project, SimpleUploadedFile("x.zip", bytes(data)), "meta", alice)
    # What went in before it would otherwise wait for a submit for ever.
    assert [batch.status for batch in Batch.objects.all()] == ["cancelled"]


@pytest.mark.parametrize("entries", [[("readme.txt", b"x")], [("a.html", b"")], [("__MACOSX/a.html", PAGE)]])
def test_zip_without_a_readable_page_is_refused(project, alice, entries):
    with pytest.raises(BadArchiveError):
        archives.receive(project, pack(*entries), "meta", alice)
    assert not Batch.objects.exclude(status="cancelled").exists()


def test_results_of_the_project_name_the_pages_of_the_zip(project, alice, site):
    batch = archives.receive(project, site, "meta", alice)
    finish(batch, title=("About us", "New"))

    assert b'"page_url":"https://acme.test/"' in b"".join(downloads.project_results(project))
