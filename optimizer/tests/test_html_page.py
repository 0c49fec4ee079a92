"""What a page offers, and what it refuses."""

import time

import pytest

from optimizer.html import Page, Refuse


def contents(markup):
    return [block.content for block in Page(markup.encode()).blocks]


def test_design_examples_have_their_ids():
    page = Page(
        b"<p>Read <a href=1>our <strong>guide</strong></a> or <a href=2>call</a> us.</p>"
        b"<p>Same</p><p>Same</p><p>1 &lt; 2 and a<b>c</b></p>"
    )

    assert [block.id for block in page.blocks] == [
        "b-137aacb507",
        "b-2b25c61c14",
        "b-2b25c61c14-2",
        "b-f535c67cba",
    ]


def test_span_is_in_bytes_of_the_file():
    data = "<p>Ünder</p><p> Straße </p>".encode()
    extraction = Page(data).extraction()

    start, end = extraction["above_fold_blocks"][1]["span"]

    assert data[start:end].decode() == "Straße"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"just words", "not_html"),
        (b"<p>" + b"\0" * 10, "not_html"),
        (b"<div><img src=x></div>", "no_text"),
        (b"<p>x</p>" * 700_000, "too_large"),
        (b"<meta charset=utf-7><p>x", "encoding"),
        (b"\xff\xfe<\0p", "encoding"),
    ],
)
def test_page_is_refused_with_its_reason(data, reason):
    with pytest.raises(Refuse) as refusal:
        Page(data)

    assert refusal.value.reason == reason


def test_hidden_and_untranslated_text_is_not_offered():
    assert contents('<p hidden>a</p><p translate=no>b</p><div data-nimbus="skip"><p>c</p></div><p>d') == ["d"]


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 20_000 + "x",
        "<div>x" * 20_000,
        "<b>x" * 20_000,
        "<code>x" * 20_000,
        "<svg>" * 20_000 + "<p>x",
        "<p>x" + "<b><i></b></i>" * 10_000,
        "<table><td>x" * 10_000,
        "<p>x" + "</div></td></b>" * 10_000,
        "<p>x" + "<picture><img alt=x>" * 10_000,
        "<p>x" + '<a b="' * 20_001,
        "<p>x" + "&" * 100_000,
        "<p>x" + "<!--" * 40_000,
    ],
)
def test_hostile_page_takes_less_than_a_second(markup):
    began = time.process_time()

    page = Page(markup.encode())

    assert page.blocks
    assert time.process_time() - began < 1


def test_extraction_has_the_promised_shape():
    data = b"<title>T</title><h1>One</h1><p><a href=/x>Two</a></p><img alt=Three src=a>"

    found = Page(data).extraction()
    ruled = Page(data).extraction(rules=[{"type": "url", "pattern": "/{place}"}], path="/leeds")

    assert list(found) == [
        "engine", "encoding", "page_hash", "main_selector", "head", "above_fold_blocks",
        "rest_of_page_blocks", "selector_map", "warnings",
    ]  # fmt: skip
    names = {"id", "type", "content", "region", "span", "key", "hash", "above_fold"}
    blocks = found["above_fold_blocks"] + found["rest_of_page_blocks"]
    assert [set(block) - names for block in blocks] == [set(), {"attributes"}, {"attributes"}]
    assert all(names <= set(block) for block in blocks)
    assert set(found["selector_map"]) == {block["id"] for block in blocks}
    assert ruled == found | {"dimensions": {"place": "leeds"}}
