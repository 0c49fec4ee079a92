"""What the frame beside a change shows: the page with the text in place, and a name for every text."""

import re

import pytest

from batches import marking, previews
from optimizer.html import Page, apply

HTML = """<!doctype html><html><head><meta charset="{0}"><title>T</title></head><body><main>
<h1 id="own">We mend pipes in K\u00f6ln.</h1><p>Read <a href="/g">our <b>guide</b></a> on pipes.</p>
<ul><li>First thing<ul><li>Inner thing</li></ul> and the rest</li></ul><p>Same text</p><p>Same text</p>
<p>A <img src="a.png" title="1 < 2" alt="A pipe wrench"> lies here.</p>
<select><option>One choice</option></select></main></body></html>"""


def show(encoding, text=HTML):
    data = text.format(encoding).encode(encoding)
    page = Page(data)
    return page, marking.named(page, [block.id for block in page.blocks])


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_each_text_is_named_once_and_nothing_else_changes(encoding):
    page, html = show(encoding)
    named = re.findall(r'id="at-([^"]+)"', html)

    assert sorted(named) == sorted(block.id for block in page.blocks if block.type != "option")
    plain = re.sub(r'</?nimbus-text[^>]*>| id="at-[^"]+"', "", html).lstrip("\ufeff")
    assert plain == HTML.format(encoding)


def test_name_stands_around_the_very_text():
    page, html = show("utf-8")
    names = {block.content: marking.name(block.id) for block in page.blocks}

    assert f'<h1 id="own"><nimbus-text id="{names["We mend pipes in K\u00f6ln."]}">We mend' in html
    assert f'</ul> <nimbus-text id="{names["and the rest"]}">and the rest</nimbus-text></li>' in html
    assert f'<img id="{names["A pipe wrench"]}" src="a.png"' in html


def test_changed_text_keeps_the_name_of_what_it_replaced():
    page, _ = show("utf-8")
    block = next(block for block in page.blocks if block.type == "h1")
    out, _ = apply(page, {block.id: "Pipes mended in K\u00f6ln"})

    html = marking.named(Page(out), [block.id for block in page.blocks])
    assert f'id="{marking.name(block.id)}">Pipes mended' in html


def test_neutral_page_names_its_texts_too():
    html = previews.render({"id": "b-0123456789", "type": "h2", "content": "Old"}, "New")

    assert html == '<h2 id="at-b-0123456789"><mark>New</mark></h2>'


def test_head_fields_have_no_place_in_the_page():
    assert marking.name("title") == ""
