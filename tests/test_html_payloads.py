"""Whatever text is written, the browser reads that text and nothing else comes to life."""

import sys

import pytest

from optimizer.html import patcher
from script.benchmarks import html_browser

pytestmark = pytest.mark.browser
# script/bench html opens every one of them.
EVERY = 9


@pytest.fixture(scope="module")
def trap(chromium, tmp_path_factory):
    with html_browser.opened(tmp_path_factory.mktemp("trap"), chromium) as opened:
        yield opened


def test_no_payload_comes_to_life_in_either_language(trap):
    made = list(html_browser.cases(EVERY))

    counts, wrong = html_browser.judge_all(trap, made, html_browser.javascript(made))

    assert wrong == []
    assert len(made[0].changes) > 30
    assert counts["applied"] > 1000
    assert counts["opened"] > 50


def test_trap_closes_once_nothing_is_escaped(trap, monkeypatch):
    monkeypatch.setattr(patcher, "ESCAPES", {})
    monkeypatch.setattr(patcher, "QUOTES", {'"': {}, "'": {}})
    # The package's own name for it is the function.
    edit = sys.modules["optimizer.html.apply"].Edit
    monkeypatch.setattr(edit, "is_proved_by", lambda self, after: True)
    made = [case for case in html_browser.cases(40) if case.name.endswith("text")]

    _, wrong = html_browser.judge_all(trap, made, [case.page.source.data for case in made])

    for mark in ("called", "another tree", "times, not"):
        assert any(mark in line for line in wrong), mark


@pytest.mark.parametrize(
    ("payload", "mark"),
    [
        ("<script>trap()</script>", "called"),
        ("<img src=http://evil.test/x.png>", "http://evil.test/x.png"),
        ("<b>bold</b>", "another tree"),
        ("{{trap()}}", "template mark"),
        ("<script>alert(1)</script>", "dialog"),
    ],
)
def test_each_kind_of_mark_is_seen(trap, payload, mark):
    case = next(html_browser.cases())
    plain = trap.read(case.page.source.data)
    output = case.page.source.data.replace(b"Text block", payload.encode())

    assert mark in html_browser.judge(trap, case, output, 0, plain)
