"""What docs/plugin.md tells people to type does what it says.

Each line runs in its order, in an empty repository, with the package as npm installs it and a real server.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
import yaml
from django.conf import settings
from django.urls import resolve

from batches import reviews
from batches.models import Batch, Suggestion
from nimbus import limits
from nimbus.demo import site
from projects.models import APIKey
from tests.conftest import wait_until

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gulp-nimbus"
PLUGIN = (ROOT / "docs" / "plugin.md").read_text()
README = (PACKAGE / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = "https://nimbus.example.com"
NOT_RUN = "# not run in tests: "
PAGES = 3
# What a workflow does before and after our own lines.
OTHERS = {"npm ci", "npm run build"}


def blocks(language):
    return [text for found, text in BLOCK.findall(PLUGIN) if found == language]


def shell_lines(text):
    return [line for line in text.splitlines() if line and NOT_RUN not in line]


def workflow_lines(text):
    jobs = yaml.safe_load(text)["jobs"].values()
    runs = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    return [line for line in runs if line not in OTHERS]


@pytest.fixture
def folder(product, make_project, make_key, tmp_path):
    """A repository with a built site and nothing of ours; its key is in the environment."""
    project = make_project(name="Repairs by Post", domain="repairsbypost.test")
    _, secret = make_key(project)
    folder = tmp_path / "repository"
    site.write(folder / "dist", PAGES)
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    return Repository(folder, product.url, secret)


class Repository:
    def __init__(self, path, url, secret):
        self.path, self.url, self.secret = path, url, secret

    def run(self, line, *, exits=0, **variables):
        environment = os.environ | {"NIMBUS_API_KEY": self.secret, "CI": "1", "GITHUB_SHA": "abc"} | variables
        # What npx finds, without its half second; the recipes run npx itself.
        command = line.replace(PLACEHOLDER, self.url).replace("npx ", "node_modules/.bin/")
        done = subprocess.run(
            command, shell=True, cwd=self.path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == exits, f"{line}\n{done.stdout}{done.stderr}"
        assert self.secret not in done.stdout + done.stderr
        return done.stdout

    def read(self):
        dist = self.path / "dist"
        return {str(path.relative_to(dist)): path.read_bytes() for path in sorted(dist.rglob("*.html"))}

    def follow(self, lines, by):
        """Run lines as a reader would, who decides in the dashboard when it is time to."""
        for line in lines:
            if "--for review" in line:
                self.run("npx nimbus status --for review", exits=5)
            if "--for review" in line or "pull" in line:
                approve(by)
            self.run(line)


def approve(by):
    batch = Batch.objects.latest("created_at")
    wait_until(lambda: Batch.objects.filter(id=batch.id, status__in=Batch.FINAL).exists(), 60)
    waiting = Suggestion.objects.filter(batch=batch, review="pending").exclude(text="")
    for suggestion in waiting.select_related("batch"):
        reviews.approve(suggestion, by=by, reason="It is right.")


def test_lines_of_the_command_line_do_what_the_docs_say(folder, alice):
    built = folder.read()

    folder.follow(shell_lines(blocks("sh")[0]), alice)

    applied = folder.read()
    assert all(applied[name] != built[name] for name in built)
    assert json.loads((folder.path / "nimbus.config.json").read_text())["url"] == folder.url
    assert len((folder.path / "nimbus.lock").read_text().splitlines()) == 1 + PAGES
    reviewed = json.loads(folder.run("npx nimbus review --json"))["url"]
    assert resolve(urlsplit(reviewed).path).view_name == "batches:review"
    folder.run("npx nimbus undo")
    assert folder.read() == built
    folder.run("npx nimbus apply --frozen", NIMBUS_API_KEY="", NIMBUS_URL="http://127.0.0.1:9")
    assert folder.read() == applied
    (folder.path / "dist" / "new.html").write_text("<!doctype html><title>New</title><p>Not reviewed yet.")
    assert "new.html" in folder.run("npx nimbus apply --frozen 2>&1", exits=9)
    ask_a_server_that_refuses(folder)


def ask_a_server_that_refuses(folder):
    """What a build script decides by, last, since it harms the batch and the key."""
    folder.run("npx nimbus status", exits=3, NIMBUS_API_KEY=f"{folder.secret[:-6]}000000")
    Batch.objects.filter(id=Batch.objects.latest("created_at").id).update(
        status="paused", pause_reason="budget"
    )
    folder.run("npx nimbus status --for review", exits=10)
    key = APIKey.objects.get()
    full_again = str((int(time.time()) + 600) * 1_000_000)
    redis.Redis.from_url(settings.REDIS_URL).set(f"{limits.PREFIX}key:{key.id}", full_again, ex=60)
    folder.run("npx nimbus status", exits=11)


def test_lines_of_the_workflows_and_of_gulp_do_what_the_docs_say(folder, alice):
    # One repository for both, because its server takes longer to start than they take.
    build, copy = map(workflow_lines, blocks("yaml"))
    built = folder.read()
    folder.run(f"npm install --no-audit --no-fund {PLACEHOLDER}/gulp-nimbus.tgz")
    folder.run(f"npx nimbus init --url {PLACEHOLDER}")

    folder.run(build[0], exits=9)
    folder.follow(copy, alice)
    folder.run(build[0], NIMBUS_API_KEY="")

    applied = folder.read()
    assert (len(build), len(copy)) == (1, 3)
    assert all(text != built[name] for name, text in applied.items())
    folder.run("npx nimbus undo")
    for name in ("gulp", ".bin/gulp"):
        (folder.path / "node_modules" / name).symlink_to(PACKAGE / "node_modules" / name)
    (folder.path / "gulpfile.js").write_text(blocks("js")[0])
    for line in shell_lines(blocks("sh")[1]):
        folder.run(line)
    assert folder.read() == applied


def fits_github(path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", path]
    return subprocess.run(command, capture_output=True, text=True).returncode == 0


def test_workflows_are_what_github_understands(tmp_path):
    workflow = tmp_path / "workflow.yaml"
    for text in blocks("yaml"):
        workflow.write_text(text)
        assert fits_github(workflow)
        workflow.write_text(text.replace("runs-on", "run-on"))
        assert not fits_github(workflow)


def test_every_command_is_in_both_texts():
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed; ./script/test installs it."
    cli = PACKAGE / "bin" / "nimbus.js"
    said = subprocess.run([node, cli, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  nimbus (\w+)", said, re.MULTILINE)

    assert len(commands) > 9
    assert [name for name in commands if f"npx nimbus {name}" not in PLUGIN] == []
    assert [name for name in commands if f"npx nimbus {name}" not in README] == []


def test_line_that_is_not_run_says_why():
    skipped = [line for text in blocks("sh") for line in text.splitlines() if NOT_RUN in line]

    assert len(skipped) <= 2
    assert all(len(line.partition(NOT_RUN)[2]) > 20 for line in skipped)
