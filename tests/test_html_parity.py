"""Python and JavaScript read the same blocks from a page and write the same bytes into it."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.html import Page, Refuse, apply, vectors

ROOT = Path(__file__).resolve().parents[1]
THEMES = ROOT / "gulp-nimbus" / "node_modules"
HARD = "Neu “Straße” &amp; Ω 😀 1 &lt; 2 “</ "
HEAD = {"title": "Größe & <b> “Ω”", "metaDescription": 'Ein "neuer" Text & mehr 😀'}


def pages():
    """(name, bytes, encoding): every vector and every page of the installed site themes."""
    for path in sorted(vectors.FOLDER.glob("*.json")):
        for vector in vectors.load(path):
            yield vector["name"], base64.b64decode(vector["input_b64"]), vector["encoding"]
    for path in sorted(THEMES.glob("startbootstrap-*/dist/*.html")):
        data = path.read_bytes()
        yield str(path.relative_to(THEMES)), data, None
        yield f"{path.name} as UTF-16", ("\ufeff" + data.decode()).encode("utf-16-be"), None
        yield f"{path.name} as windows-1252", data.decode().encode("cp1252", "replace"), "windows-1252"
        yield f"{path.name} cut off", data[: len(data) // 2], None


def answer(data, encoding):
    """The case both languages get, and what Python makes of it: every third block is rewritten hard."""
    try:
        page = Page(data, encoding)
    except Refuse as refusal:
        return {}, {"refuse": refusal.reason}
    hard = HARD.replace("</", "&lt;/")
    changes = {block.id: hard + block.content for block in page.blocks[::3]}
    output, report = apply(data, changes, HEAD, encoding)
    found = {
        "extraction": page.extraction(json_ld=True),
        "output": base64.b64encode(output).decode(),
        "report": report,
    }
    return changes, found


@pytest.fixture(scope="module")
def cases():
    """(name, Python's answer, JavaScript's answer), from one run of Node."""
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed; ./script/test installs it."
    names, ours, lines = [], [], []
    for name, data, encoding in pages():
        changes, found = answer(data, encoding)
        case = {"input": base64.b64encode(data).decode(), "encoding": encoding, "changes": changes}
        lines.append(json.dumps(case | {"head": HEAD}))
        names.append(name)
        ours.append(found)
    script = str(Path(__file__).with_name("html_engine.mjs"))
    done = subprocess.run(
        [node, script], input="\n".join(lines), capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    return list(zip(names, ours, map(json.loads, done.stdout.splitlines()), strict=True))


def test_both_languages_extract_the_same(cases):
    differing = [name for name, ours, theirs in cases if ours.get("extraction") != theirs.get("extraction")]

    assert len(cases) >= 50
    assert differing == []


def test_both_languages_refuse_the_same(cases):
    differing = [name for name, ours, theirs in cases if ours.get("refuse") != theirs.get("refuse")]

    assert differing == []


def test_both_languages_write_the_same_bytes(cases):
    differing = [
        name
        for name, ours, theirs in cases
        if (ours.get("output"), ours.get("report")) != (theirs.get("output"), theirs.get("report"))
    ]

    assert sum("applied" in ours.get("report", {}).values() for _, ours, _ in cases) >= 20
    assert differing == []
