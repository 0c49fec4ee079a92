"""Files that no row names go; all others stay."""

import os

import pytest

from accounts import exports, heads
from batches import artifact_rows
from batches.models import Artifact
from batches.tests.factories import make_batch, make_project
from nimbus import artifacts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.NIMBUS_ARTIFACTS = tmp_path
    return tmp_path


def grow_old(folder):
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))


def test_only_what_nobody_names_is_swept(folder):
    batch = make_batch(make_project())
    kept = artifact_rows.keep(batch, Artifact.Kind.REPORT, "report.html", b"named")
    page = artifact_rows.keep_pages(batch, {"page": "<p>named</p>"})["page"][0]
    batch.runs.get().snapshot.__class__.objects.update(source_key=page)
    exports.ask(batch.project.creator)
    exports.make_waiting()
    heads.write()
    orphan, _ = artifacts.put(batch.organization_id, batch.project_id, b"nobody's")
    grow_old(folder)

    assert list(artifact_rows.orphans()) == [orphan]
    assert artifact_rows.sweep() == 1
    assert artifact_rows.sweep() == 0
    assert artifacts.get(kept.key) == b"named"
    assert len(list(artifacts.listing())) == 4


def test_young_file_may_belong_to_an_upload_under_way():
    project = make_project()
    artifacts.put(project.organization_id, project.id, b"soon")

    assert artifact_rows.sweep() == 0
