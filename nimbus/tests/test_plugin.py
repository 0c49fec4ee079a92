"""The npm package that the installation itself serves."""

import io
import json
import tarfile

from django.conf import settings

from nimbus import plugin
from projects import snippets

FOLDER = settings.BASE_DIR / "gulp-nimbus"


def members(body):
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


def test_npm_gets_the_package_without_a_login(client):
    answer = client.get("/gulp-nimbus.tgz")

    files = members(answer.content)
    assert json.loads(files["package/package.json"])["name"] == "gulp-nimbus"
    assert files["package/index.js"] == (FOLDER / "index.js").read_bytes()
    assert {"package/bin/nimbus.js", "package/lib/html/apply.js", "package/LICENSE"} <= set(files)
    assert not [name for name in files if "node_modules" in name or "/test/" in name]


def test_package_is_the_same_bytes_each_time(client):
    first = client.get("/gulp-nimbus.tgz").content
    plugin.packed.cache_clear()

    assert client.get("/gulp-nimbus.tgz").content == first


def test_snippet_installs_from_here():
    assert f"{settings.SITE_URL}/gulp-nimbus.tgz" in snippets.shell()


def test_snippet_names_the_registry_where_the_folder_is_not_deployed(client, monkeypatch, tmp_path):
    monkeypatch.setattr(plugin, "FOLDER", tmp_path)

    assert client.get("/gulp-nimbus.tgz").status_code == 404
    assert "gulp gulp-nimbus\n" in snippets.shell()
