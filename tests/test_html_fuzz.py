"""Whatever the page and the answer: only a refusal, no byte beside the edits, the same in both languages."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optimizer.html import Page, Refuse, apply, patcher
from script.benchmarks.html_worker import identity, is_kept_beside, offered
from tests import html_pages

STATUSES = {"applied", "inserted", "same", "already", "stale", "missing", "rejected", "verify-failed"}
HERO = "section, p.seen, [title]"
fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def read(data):
    """The page, if it is one."""
    try:
        return Page(data)
    except Refuse:
        assume(False)


def changes(page, every=1, text="Neu Ω 😀 &lt;b&gt; "):
    return {block.id: text + block.content for block in offered(page)[::every]}


@fuzz
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    reason = ""
    try:
        Page(data).extraction(json_ld=True)
    except Refuse as refusal:
        reason = refusal.reason

    assert reason in ("", "empty", "not_html", "no_text", "encoding")


@fuzz
@given(html_pages.pages())
def test_any_page_rebuilt_from_its_own_content_is_byte_identical(data):
    assert identity(read(data)) == data


@fuzz
@given(html_pages.pages(), st.integers(1, 3))
def test_any_rewrite_leaves_every_other_byte(data, every):
    page = read(data)
    wanted = changes(page, every)

    output, report = apply(data, wanted)

    # A control character that the page itself holds is no reason to write it again; and text before a tag
    # that ends an SVG or a formula would stand inside of it, so that the proof fails and nothing is written.
    is_foreign = any(mark in page.source.units.lower() for mark in ("<svg", "<math"))
    allowed = {"applied", "rejected:control", *(["verify-failed"] if is_foreign else [])}
    assert set(report.values()) <= allowed
    assert is_kept_beside(page, output, report)


@fuzz
@given(html_pages.pages(), st.lists(html_pages.texts(), min_size=1, max_size=6))
def test_any_answer_is_applied_or_refused_by_name(data, texts):
    page = read(data)
    wanted = {block.id: texts[i % len(texts)] for i, block in enumerate(offered(page))} | {"b-0": texts[0]}
    head = {"title": texts[0], "metaDescription": texts[-1], "og:title": texts[0], "lang": "x"}

    output, report = apply(data, wanted, head)

    assert {status.partition(":")[0] for status in report.values()} <= STATUSES
    assert set(report) == set(wanted) | set(head)
    is_written = {"applied", "inserted"} & set(report.values())
    assert is_written or output == data


@fuzz
@given(html_pages.pages())
def test_any_rewrite_made_twice_is_made_once(data):
    wanted = changes(read(data), 2)
    once, _ = apply(data, wanted)

    twice, report = apply(once, wanted)

    assert twice == once
    assert "applied" not in report.values()


class Node:
    """One process that answers case after case."""

    def __init__(self):
        node = shutil.which("node")
        assert node, "Node 20 or newer is needed; ./script/test installs it."
        script = str(Path(__file__).with_name("html_engine.mjs"))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen([node, script], **pipes, encoding="utf-8")

    def ask(self, data, wanted, head):
        case = {"input": base64.b64encode(data).decode(), "encoding": None, "changes": wanted, "head": head}
        case |= {"hero": HERO, "og_follows": True}
        self.process.stdin.write(f"{json.dumps(case)}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def node():
    running = Node()
    yield running
    running.process.stdin.close()
    running.process.wait(10)


def ours(data, wanted, head):
    try:
        output, report = apply(data, wanted, head, og_follows=True)
        extraction = Page(data, hero=HERO).extraction(json_ld=True)
    except Refuse as refusal:
        return {"refuse": refusal.reason}
    return {"extraction": extraction, "output": base64.b64encode(output).decode(), "report": report}


@fuzz
@given(data=html_pages.pages(), texts=st.lists(html_pages.texts(), min_size=1, max_size=4))
def test_both_languages_agree_on_any_page_and_answer(node, data, texts):
    try:
        page = Page(data)
    except Refuse:
        wanted = {}
    else:
        wanted = changes(page, 2) | {b.id: texts[i % len(texts)] for i, b in enumerate(offered(page)[1::2])}
    head = {"title": texts[0], "metaDescription": texts[0], "og:title": texts[-1]}

    assert node.ask(data, wanted, head) == json.loads(json.dumps(ours(data, wanted, head)))


@fuzz
@given(
    parts=st.lists(html_pages.markup(), min_size=1, max_size=4),
    order=st.lists(st.integers(0, 3), min_size=1, max_size=5),
)
def test_both_languages_agree_on_results_of_an_older_page(node, parts, order):
    """Parts of the page were moved, dropped or doubled since its texts were bought."""
    wanted = changes(read("".join(parts).encode("utf-8", "replace")))
    after = "".join(parts[index % len(parts)] for index in order).encode("utf-8", "replace")
    old = {block.id: block.content for block in offered(read(after))}

    found = ours(after, wanted, {})

    assert node.ask(after, wanted, {}) == json.loads(json.dumps(found))
    # Written only where the page still says what it said.
    written = {name for name, status in found["report"].items() if status == "applied"}
    assert all(wanted[name].endswith(old[name]) for name in written)


def test_patcher_that_touches_one_more_byte_is_noticed(monkeypatch):
    monkeypatch.setattr(patcher.Patcher, "result", lambda self: self.source.data.replace(b"<i", b"<I"))
    data = b"<p>Hello <i>world</i></p><p>More</p>"

    assert identity(Page(data)) != data
    assert not is_kept_beside(Page(data), identity(Page(data)), {})
