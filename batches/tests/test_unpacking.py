"""Strange ZIPs are unpacked by a process that may die of them."""

import io
import json
import os
import struct
import threading
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from batches import unpacking
from batches.unpacking import CrowdedError, UnpackingError, unpacked
from batches.zipfiles import BadArchiveError

MB = 2**20
PAGE = b"<!doctype html><title>About us</title><h1>Watches</h1>"
CENTRAL, END = struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")


def pack(*entries):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()


def read(data):
    with unpacked(SimpleUploadedFile("site.zip", data)) as pages:
        return list(pages)


def listing(count, size=0, packed=0):
    """The table of contents of a ZIP alone: so many names for one and the same place."""
    entries = b"".join(
        CENTRAL.pack(b"PK\1\2", 20, 20, 0x800, 8, 0, 33, 0, packed, size, len(name), 0, 0, 0, 0, 0, 0) + name
        for name in (b"%07d.html" % number for number in range(count))
    )
    stated = min(count, 0xFFFF)
    if count <= 0xFFFF:
        return entries + END.pack(b"PK\5\6", 0, 0, stated, stated, len(entries), 0, 0)
    large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(entries), 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(entries), 1)
    return entries + large + locator + END.pack(b"PK\5\6", 0, 0, stated, stated, 2**32 - 1, 2**32 - 1, 0)


def test_pages_come_in_order_with_their_addresses():
    data = pack(("dist/index.html", PAGE), ("dist/a.js", b"1"), ("dist/ä b.html", PAGE * 3))

    assert [(page.name, page.path, page.data) for page in read(data)] == [
        ("dist/index.html", "/index.html", PAGE),
        ("dist/ä b.html", "/%C3%A4%20b.html", PAGE * 3),
    ]


def test_large_upload_is_read_from_its_file_on_the_disk():
    with TemporaryUploadedFile("site.zip", "application/zip", 0, None) as file:
        file.write(pack(("a.html", PAGE)))
        with unpacked(file) as pages:
            assert next(pages).data == PAGE
        file.seek(0)
        assert file.read(2) == b"PK"


def test_page_over_the_limit_is_told_and_not_unpacked(settings):
    settings.MAX_PAGE_BYTES = 100

    assert [page.data for page in read(pack(("a.html", PAGE * 9), ("b.html", PAGE)))] == [None, PAGE]


def test_thousandfold_bomb_is_refused():
    with pytest.raises(BadArchiveError, match="unpacks to too much"):
        read(pack(*[(f"{n}.html", bytes(4 * MB)) for n in range(16)]))


def test_entries_that_share_their_bytes_are_refused():
    # Each says honestly how well it is packed; only together they are more than the file.
    with pytest.raises(BadArchiveError, match="unpacks to too much"):
        read(listing(1_000, size=4 * MB, packed=MB))


def test_entry_that_hides_its_size_is_read_no_further_than_it_says():
    data = bytearray(pack(("a.html", bytes(64 * MB))))
    for signature, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = data.rindex(signature) + place
        data[at : at + 4] = struct.pack("<L", 1_000)

    with pytest.raises(BadArchiveError, match="damaged"):
        read(bytes(data))


def test_too_many_files_are_refused():
    with pytest.raises(BadArchiveError, match="more than 50,000 files"):
        read(listing(50_001))


def test_list_of_names_that_fills_the_memory_ends_its_reader_alone(monkeypatch):
    monkeypatch.setattr(unpacking, "MEMORY", 96 * MB)

    with pytest.raises(UnpackingError, match="more memory or time"):
        read(listing(200_000))


def test_processor_time_ends(monkeypatch):
    monkeypatch.setattr(unpacking, "CPU_S", 1)

    monkeypatch.setattr(unpacking, "MEMORY", 2048 * MB)

    with pytest.raises(UnpackingError, match="more memory or time"):
        read(listing(550_000))


def test_same_list_is_read_with_time_and_memory_enough(monkeypatch):
    monkeypatch.setattr(unpacking, "MEMORY", 2048 * MB)

    # Without the two limits above nothing else would have stopped it.
    with pytest.raises(BadArchiveError, match="more than 50,000 files"):
        read(listing(200_000))


def test_only_so_many_are_unpacked_at_once(monkeypatch):
    monkeypatch.setattr(unpacking, "PLACES", threading.BoundedSemaphore(1))
    monkeypatch.setattr(unpacking, "SILENCE_S", 0.1)
    site = pack(("a.html", PAGE))
    with unpacked(SimpleUploadedFile("site.zip", site)), pytest.raises(CrowdedError):
        read(site)

    assert len(read(site)) == 1


def test_longest_list_of_names_that_is_allowed_fits_into_the_memory():
    # Its pages are not there, which is found once all of the list was read.
    with pytest.raises(BadArchiveError, match="damaged"):
        read(listing(50_000))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "nonsense\\n",
        "[1]\\n",
        '{"pages": 1}\\n',
        '{"pages": 1}\\n{"name": "a", "size": -1}\\n',
        '{"pages": 1}\\n{"name": "a", "size": 99999999999}\\n',
        '{"pages": 1}\\n{"name": "a", "size": "9"}\\nabc',
        '{"pages": 1}\\n{"name": "a", "size": 9}\\nabc',
        "x' * 3000000 + '",
    ],
)
def test_reader_that_was_taken_over_is_not_believed(monkeypatch, said):
    monkeypatch.setattr(unpacking, "START", f"import sys; sys.stdout.write('{said}')")

    with pytest.raises(UnpackingError):
        read(PAGE)


def test_silent_reader_is_ended(monkeypatch):
    monkeypatch.setattr(unpacking, "START", "import time; time.sleep(60)")
    monkeypatch.setattr(unpacking, "SILENCE_S", 0.1)
    before = len(os.listdir("/dev/fd"))

    with pytest.raises(UnpackingError):
        read(PAGE)
    assert len(os.listdir("/dev/fd")) == before


def test_reader_knows_no_secret_and_writes_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "the-secret")
    look = f"""
import json, os, sys
sys.path.insert(0, sys.argv[1])
from batches import unpacker
unpacker.confine({512 * MB}, 5)
try:
    open({str(tmp_path / "file")!r}, "w").write("x" * 9999)
except OSError as error:
    written = str(error)
packages = [path for path in sys.path if "site-packages" in path]
print(json.dumps({{"fault": json.dumps(["django" in sys.modules, packages, dict(os.environ), written])}}))
"""
    monkeypatch.setattr(unpacking, "START", look)

    with pytest.raises(BadArchiveError) as caught:
        read(PAGE)
    django, packages, environment, written = json.loads(caught.value.message)
    assert (django, packages, "SECRET_KEY" in environment) == (False, [], False)
    assert "File too large" in written
