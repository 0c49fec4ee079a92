"""Real themes under judges that are not ours, in every encoding; and that those judges can say no."""

import sys
from pathlib import Path

import pytest

from optimizer.html import Page, patcher
from script.benchmarks import html_engine, html_judge, html_parity, html_stale, html_worker

THEMES = Path(__file__).resolve().parents[1] / "gulp-nimbus" / "node_modules"
EDIT = sys.modules["optimizer.html.apply"].Edit


def theme_pages():
    found = sorted(THEMES.glob("startbootstrap-*/dist/*.html"))
    assert found, "Run npm ci in gulp-nimbus first; ./script/test does."
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Themes as they are and in every encoding, through both engines."""
    pages = theme_pages()
    folder = tmp_path_factory.mktemp("encoded")
    return html_parity.run([*pages, *html_parity.write_encoded(pages[::3], folder)])


def test_themes_survive_in_every_encoding_and_both_languages(judged):
    assert list(html_parity.failures(judged)) == []

    found = html_parity.summary(judged)
    assert found["pages"] >= 40
    assert found["refused"] == 0
    assert found["identity_share"] == 1
    assert found["rewritten_blocks"] > 500


def test_page_that_byte_positions_mean_nothing_in_is_refused(tmp_path):
    assert html_parity.refusals(tmp_path) == 0


def test_worker_notices_text_that_is_not_escaped(monkeypatch):
    monkeypatch.setattr(patcher, "ESCAPES", {})
    monkeypatch.setattr(EDIT, "is_proved_by", lambda self, after: True)
    # What hard text brings along is an end tag: it must close something here.
    data = b"<title>T</title><p>One <b>two</b> three</p><p>Four</p><ul><li><p>Five</p><i>x</i></ul>"

    found = html_worker.judge(data, "page")

    assert not found["skeleton"]


def test_self_check_notices_text_that_is_not_escaped(monkeypatch):
    monkeypatch.setattr(patcher, "ESCAPES", {})

    found = html_worker.judge(b"<title>T</title><p>One <b>two</b> three</p><p>Four</p>", "page")

    assert found["failures"] > 0
    assert found["skeleton"]


def test_worker_notices_a_byte_that_is_lost(monkeypatch):
    whole = patcher.Patcher.result
    monkeypatch.setattr(patcher.Patcher, "result", lambda self: whole(self).replace(b"</main>\n", b"</main>"))

    found = html_worker.judge(b"<title>T</title><main><p>One</p></main>\n<p>Two</p>", "page")

    assert not found["outside"]
    assert not found["identity"]


@pytest.mark.parametrize(
    "change",
    [
        (b"<b>", b"<i>"),
        (b'class="a"', b'class="b"'),
        (b'class="a"', b'class="a" onclick="x"'),
        (b"f()", b"g()"),
        (b"<!--c-->", b""),
        (b'"n": 1', b'"n": "1"'),
        (b"</p>", b"</p><br>"),
    ],
)
def test_skeleton_shows_every_change_of_structure(change):
    page = (
        b'<title>T</title><p class="a">x <b>y</b></p><!--c--><script>f()</script>'
        b'<script type="application/ld+json">{"name": "x", "n": 1}</script>'
    )
    assert change[0] in page

    assert html_judge.skeleton(page.replace(*change), "utf-8") != html_judge.skeleton(page, "utf-8")


def test_skeleton_leaves_out_what_may_be_rewritten():
    before = b'<title>T</title><p title="a">x</p><script type="application/ld+json">{"name": "x"}</script>'
    after = b'<title>U</title><p title="b">z</p><script type="application/ld+json">{"name": "y"}</script>'

    assert html_judge.skeleton(before, "utf-8") == html_judge.skeleton(after, "utf-8")


OLD = b"<title>T</title><p>Shared</p><p>First <b>bold</b></p><p>Second</p><p title='Tip'>Third</p>"
NEW = (
    b"<title>T</title><p>New</p><p>Shared</p><p>First <b>bold</b></p><p>Second</p><p title='Tip'>Changed</p>"
)


def test_blocks_of_an_older_page_are_found_or_left_out():
    found = html_stale.judge(OLD, NEW)

    assert (found["blocks"], found["found"], found["wrong"], found["moved"]) == (5, 4, 0, 0)


def test_writes_by_position_are_counted_as_wrong(monkeypatch):
    right = html_stale.apply

    def by_position(data, changes):
        places = dict(zip(changes, [block.id for block in Page(data).blocks], strict=False))
        contents = {block.id: block.content for block in Page(data).blocks}
        numbers = {places[name]: html_stale.MARK.search(text)[1] for name, text in changes.items()}
        written = {name: html_stale.marked(int(number), contents[name]) for name, number in numbers.items()}
        output, _ = right(data, written)
        return output, dict.fromkeys(changes, "applied")

    monkeypatch.setattr(html_stale, "apply", by_position)

    assert html_stale.judge(OLD, NEW)["wrong"] >= 3


def test_bench_names_each_figure_that_was_missed():
    reached = {"tokenizer_share_py": 1.0, "stale_found_share": 0.994, "hostile_marks": 0, "speed_vs_bs4": 1.2}

    assert html_engine.passes(reached) == []
    assert html_engine.passes(reached | {"hostile_marks": 1, "speed_vs_bs4": 0.9}) == [
        "speed_vs_bs4",
        "hostile_marks",
    ]


def test_each_wrong_page_is_counted_and_named():
    good = {
        "page": "a", "blocks": 3, "changed": 1, "identity": True, "failures": 0, "outside": True,
        "skeleton": True, "extraction": "x", "output": "y", "report": "z",
    }  # fmt: skip
    rows = [good, good | {"identity": False}, good | {"outside": False}, good | {"skeleton": False}, good]
    found = {"py": rows, "js": [good, good, good, good, good | {"output": "other"}]}

    counts = html_parity.summary(found)

    assert counts["identity_share"] == 0.9
    assert counts["rewrite_failures"] == counts["skeleton_changes"] == counts["language_differences"] == 1
    assert len(list(html_parity.failures(found))) == 4
