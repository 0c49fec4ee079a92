"""A ZIP with approved texts says what was done to it, and can be taken back byte for byte."""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from batches import archives, manifests, reviews
from batches.models import PageRun, Suggestion
from batches.zipfiles import BadArchiveError
from nimbus import artifacts

pytestmark = pytest.mark.django_db
PAGE = b"\xef\xbb\xbf<!doctype html>\r\n<title>About</title>\n<h1>Watches &amp; clocks</h1><p>By  post.</p>"
SITE = {"dist/index.html": PAGE, "dist/a.html": PAGE + b"<p>A", "dist/logo.png": bytes(range(256))}
NIMBUS = Path(__file__).resolve().parents[2] / "gulp-nimbus" / "bin" / "nimbus.js"


def pack(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def unpack(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def undo(data):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        restored, skipped = manifests.undo(archive, target)
    return unpack(target.getvalue()), restored, skipped


@pytest.fixture
def make_built(project, alice):
    """The built ZIP of SITE in which `title` of every page was approved, of `original`."""

    def make(title="New title", original="About", site=SITE):
        batch = archives.receive(project, SimpleUploadedFile("site.zip", pack(site)), "meta", alice)
        PageRun.objects.filter(batch=batch).update(status="done", model="offline")
        for run in PageRun.objects.filter(batch=batch) if title else ():
            suggestion = Suggestion.objects.create(
                organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target="title",
                kind="head", original=original, original_hash="0", text=title,
            )  # fmt: skip
            reviews.approve(suggestion, by="user_alice")
        return artifacts.get(archives.build(batch).key), batch

    return make


def test_manifest_tells_what_was_done_to_each_page(make_built, project):
    built, batch = make_built()

    files = unpack(built)
    manifest = json.loads(files[".nimbus/manifest.json"])
    entry = manifest["pages"].pop("index.html")
    before, after = (hashlib.sha256(data).hexdigest() for data in (PAGE, files["dist/index.html"]))
    assert entry == {
        "page_id": PageRun.objects.get(batch=batch, page__path="/").page_id, "batch_id": batch.id,
        "before_hash": before, "after_hash": after, "applied": ["title"], "skipped": [],
    }  # fmt: skip
    assert list(manifest["pages"]) == ["a.html"]
    assert (manifest["version"], manifest["dir"], manifest["project_id"]) == (1, "dist", project.id)
    assert gzip.decompress(files[f".nimbus/originals/{before}.gz"]) == PAGE


def test_manifest_tells_what_was_skipped_and_why(make_built):
    built, _ = make_built(original="Another title")

    entry = json.loads(unpack(built)[".nimbus/manifest.json"])["pages"]["index.html"]
    assert (entry["applied"], entry["skipped"]) == ([], [{"target": "title", "reason": "stale"}])
    assert entry["before_hash"] == entry["after_hash"]
    assert not [name for name in unpack(built) if name.startswith(".nimbus/originals/")]


def test_zip_without_any_text_has_no_manifest(make_built):
    built, _ = make_built(title="")

    assert unpack(built) == SITE


def test_undo_gives_the_exact_bytes_back(make_built):
    built, _ = make_built()
    assert unpack(built)["dist/index.html"] != PAGE

    files, restored, skipped = undo(built)

    assert files == SITE
    assert (restored, skipped) == (["dist/index.html", "dist/a.html"], {})


def test_page_that_was_changed_since_is_left_alone(make_built):
    files = unpack(make_built()[0])
    files["dist/index.html"] += b"<p>Mine</p>"
    del files["dist/a.html"]

    back, restored, skipped = undo(pack(files))

    assert back["dist/index.html"] == files["dist/index.html"]
    assert restored == []
    assert skipped == {
        "dist/index.html": "the file was changed since", "dist/a.html": "the file is gone",
    }  # fmt: skip


@pytest.mark.parametrize("damage", [b"no gzip", gzip.compress(b"another page", mtime=0), None])
def test_original_that_does_not_prove_itself_is_not_written(make_built, damage):
    files = unpack(make_built()[0])
    name = manifests.original_name(hashlib.sha256(PAGE).hexdigest())
    written = files["dist/index.html"]
    files.pop(name)

    back, _, skipped = undo(pack(files if damage is None else files | {name: damage}))

    assert back["dist/index.html"] == written
    assert skipped == {"dist/index.html": "its original is missing or damaged"}


@pytest.mark.parametrize("manifest", [None, b"", b"[]", b'{"dir": ".", "pages": {"a.html": 1}}'])
def test_zip_without_a_readable_manifest_is_refused(manifest):
    files = {"a.html": PAGE} | ({} if manifest is None else {manifests.NAME: manifest})

    with pytest.raises(BadArchiveError):
        undo(pack(files))


def test_built_zip_that_is_sent_again_gets_a_manifest_of_its_own(make_built):
    once, _ = make_built()

    twice, _ = make_built("Newer title", "New title", site=unpack(once))

    assert undo(twice)[0] == {name: data for name, data in unpack(once).items() if name in SITE}


def test_command_writes_the_zip_from_before(make_built, tmp_path, capsys):
    (tmp_path / "built.zip").write_bytes(make_built()[0])

    call_command("undo_archive", tmp_path / "built.zip", tmp_path / "before.zip")

    assert unpack((tmp_path / "before.zip").read_bytes()) == SITE
    assert "2 pages restored" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("undo_archive", tmp_path / "built.zip", tmp_path / "before.zip")


def test_gulp_nimbus_undoes_the_unpacked_zip(make_built, tmp_path):
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed; ./script/test installs it."
    with zipfile.ZipFile(io.BytesIO(make_built()[0])) as archive:
        archive.extractall(tmp_path)

    done = subprocess.run(
        [node, str(NIMBUS), "undo"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / name).read_bytes() for name in SITE} == SITE
