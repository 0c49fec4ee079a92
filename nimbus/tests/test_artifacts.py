"""A stored file comes back as it was, or not at all."""

import io
import os

import pytest

from nimbus import artifacts
from nimbus.artifacts import DamagedArtifactError
from nimbus.errors import NotFoundError

ORG, PROJECT = "org_aaaaaaaaaaaaaaaa", "proj_000000000000"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.NIMBUS_ARTIFACTS = tmp_path
    return tmp_path


def test_file_comes_back(folder):
    key, size = artifacts.put(ORG, PROJECT, b"content")

    assert (artifacts.get(key), size) == (b"content", 7)
    assert key.startswith(f"{ORG}/{PROJECT}/")


def test_stream_is_stored_like_bytes():
    assert artifacts.put(ORG, PROJECT, io.BytesIO(b"x" * 600_000)) == artifacts.put(
        ORG, PROJECT, b"x" * 600_000
    )


def test_damaged_file_is_refused(folder):
    key, _ = artifacts.put(ORG, PROJECT, b"content")
    (folder / key).write_bytes(b"changed")

    with pytest.raises(DamagedArtifactError):
        artifacts.get(key)
    with pytest.raises(DamagedArtifactError):
        artifacts.open_checked(key)


def test_deleted_file_is_gone():
    key, _ = artifacts.put(ORG, PROJECT, b"content")

    assert artifacts.delete(key) is True
    assert artifacts.delete(key) is False
    with pytest.raises(NotFoundError):
        artifacts.get(key)


@pytest.mark.parametrize("key", ["../../etc/passwd", "org_a/proj_b/../x", "/etc/passwd", ""])
def test_key_can_not_leave_the_folder(key):
    with pytest.raises(NotFoundError):
        artifacts.get(key)


def test_failed_write_leaves_nothing(folder):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        artifacts.put(ORG, PROJECT, Broken())
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_dead_process_leaves_no_draft_for_ever(folder):
    artifacts.put(ORG, PROJECT, b"content")
    for name in (".draft-old", ".draft-new"):
        (folder / ORG / PROJECT / name).write_bytes(b"half")
    os.utime(folder / ORG / PROJECT / ".draft-old", (0, 0))

    assert len(list(artifacts.listing())) == 1
    assert artifacts.abort_unfinished() == 1
    assert (folder / ORG / PROJECT / ".draft-new").exists()


def test_tenants_files_go_without_those_of_a_longer_name(folder):
    for organization in (ORG, ORG + "b"):
        artifacts.put(organization, PROJECT, b"content")

    assert artifacts.delete_all(f"{ORG}/") == 1
    with pytest.raises(NotFoundError):
        artifacts.delete_all(ORG)
    assert [stored.key.partition("/")[0] for stored in artifacts.listing()] == [ORG + "b"]
