"""Writing text into pages: only the text changes, judged by a parser that is not ours."""

import pytest
import turbohtml

from optimizer.html import Page, apply
from optimizer.html.chars import escape
from optimizer.html.inline import parse
from optimizer.html.patcher import Patcher

HARD = " Neu “Straße” & Ω 😀 1 < 2 \"q\" 'r' </p><script>x</script> --> ] ]>"
SAMPLES = [
    '<!doctype html><html lang="de"><head>\r\n\t<title>Größe</title>\r\n</head><body>'
    "<main><h1>Wir &amp; Sie</h1>"
    '<p>Read <a href="/g?a=1&copy=2">our <strong>guide</strong></a> or <a href=2 title="Tip">call</a> us.</p>'
    "<ul><li>One<li><img src=a alt=Dog> Two<br>lines</ul></main><footer>© 2024 Acme</footer></body></html>",
    "<p>unclosed <b>bold <i>both</b> italic</i> end<p>next &mdash; <code>x</code> after"
    "<table><tr><td>cell</div>more",
    "<body><div><a href=x><h3>Card</h3><p>Text</p></a></div><svg><title>t</title><p>out</p></svg>"
    "<select><option>a</select><button title='Press \"me\"'>Go <i class=fa></i></button>"
    "<textarea placeholder=Say>raw <b></textarea><input placeholder='One&#10;line  each' title='It&apos;s'>",
]


def skeleton(data):
    """Elements with their attribute names in tree order."""
    return [
        (element.tag, sorted(element.attrs)) for element in turbohtml.parse(data.decode()).iter_elements()
    ]


def rewritten(content):
    """The content with hard text put in front of its first text, tags unchanged."""
    out, is_done = "", False
    for item in parse(content):
        if item.kind == "text":
            is_text = not is_done and not item.is_blank
            out += escape(item.text + HARD if is_text else item.text)
            is_done = is_done or is_text
        else:
            out += {"open": f"<{item.label}>", "close": f"</{item.label}>", "atom": f"<{item.label}/>"}[
                item.kind
            ]
    return out


def test_page_rebuilt_from_its_own_content_is_byte_identical():
    for sample in SAMPLES:
        page = Page(sample.encode())
        patcher = Patcher(page.source)

        for block in page.blocks:
            patcher.replace_block(block, parse(block.content))

        assert patcher.result() == sample.encode()


def test_hard_rewrite_of_every_block_keeps_the_skeleton():
    for sample in SAMPLES:
        data = sample.encode()
        changes = {block.id: rewritten(block.content) for block in Page(data).blocks}

        out, report = apply(data, changes)

        assert set(report.values()) == {"applied"}
        assert out != data
        assert skeleton(out) == skeleton(data)


def test_applying_twice_is_applying_once():
    data = b"<h1>Same</h1><p>Same</p><p>Same</p><p>Other</p>"
    changes = {"b-2b25c61c14": "First", "b-2b25c61c14-3": "Third"}

    once, report = apply(data, changes)
    twice, again = apply(once, changes)

    assert once == b"<h1>First</h1><p>Same</p><p>Third</p><p>Other</p>"
    assert twice == once
    assert set(report.values()) == {"applied"}
    assert set(again.values()) == {"already"}


def test_chain_of_changes_is_not_made_again():
    data = b"<p>Alpha</p><p>Beta</p>"
    first, second = (block.id for block in Page(data).blocks)
    changes = {first: "Beta", second: "Gamma"}

    once, _ = apply(data, changes)
    twice, _ = apply(once, changes)

    assert once == twice == b"<p>Beta</p><p>Gamma</p>"


def test_changed_page_keeps_its_new_text():
    old = Page(b"<p>Old text</p>").blocks[0].id

    out, report = apply(b"<p>Newer text</p>", {old: "Suggestion"})

    assert out == b"<p>Newer text</p>"
    assert report == {old: "stale"}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"<p>Other", b"<p>Broken"), (b"<p>Other", b"<p onclick=x>Other"), (b"<p>Other", b"<br><p>Other"),
        (b"N</title>", b"M</title>"), (b'"Shop"', b'"Shed"'), (b"<p>New", b"<p>Old"),
        (b"<p>New", b"<!-- x --><p>New"),
    ],
)  # fmt: skip
def test_nothing_is_written_when_the_result_proves_wrong(monkeypatch, right, wrong):
    data = b'<title>T</title><p>Text</p><p>Other</p><script type="application/ld+json">{"a":"Shop"}</script>'
    block = Page(data).blocks[0].id
    result = Patcher.result
    assert right in apply(data, {block: "New"}, {"title": "N"})[0]
    monkeypatch.setattr(Patcher, "result", lambda self: result(self).replace(right, wrong))

    out, report = apply(data, {block: "New"}, {"title": "N"})

    assert out == data
    assert report == {block: "verify-failed", "title": "verify-failed"}


def test_broken_answer_is_rejected_with_its_reason():
    data = b"<p>Read <a href=1>this</a> now</p>"
    block = Page(data).blocks[0].id

    assert apply(data, {block: "Read this now"})[1] == {block: "rejected:tags,empty"}
    assert apply(data, {block: "Read <a href=2>this</a> now"})[1] == {block: "rejected:markup"}


def test_page_that_was_read_before_is_written_like_its_bytes():
    data = "<title>Für Sie</title><p>Schöne Uhren</p>".encode("cp1252")
    page = Page(data, "windows-1252")
    changes = {page.blocks[0].id: "Größe"}

    first, again = apply(page, changes, {"title": "Ö"}), apply(page, changes, {"title": "Ö"})

    assert first == again == apply(data, changes, {"title": "Ö"}, "windows-1252")
    assert first[0] == "<title>Ö</title><p>Größe</p>".encode("cp1252")
