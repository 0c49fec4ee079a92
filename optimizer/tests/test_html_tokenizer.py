"""The tokenizer against rules of the HTML standard, and html5lib-tests where they can be had."""

import warnings

import pytest

from optimizer.html.tokenizer import Tokenizer
from optimizer.tests import html5lib
from script.benchmarks import html_corpus


def test_every_html5lib_tokenizer_case_passes():
    try:
        folder = html_corpus.suite()
    except html_corpus.MissingError as error:
        warnings.warn(f"NO HTML5LIB TESTS: {error}", stacklevel=1)
        pytest.skip("html5lib's tokenizer tests can't be had here")
    cases = list(html5lib.cases(folder))

    wrong = [case for case in cases if html5lib.plain_tokens(*case[1:4]) != case[4]]

    assert len(cases) > 6000
    assert wrong == []


def names(markup):
    return [(t.kind, t.name) for t in Tokenizer(markup) if t.kind in ("start", "end")]


def test_script_text_switches_off_inside_svg():
    assert names("<svg><style><b></style>")[2:] == [("start", "b"), ("end", "style")]


def test_paragraph_leaves_svg_so_that_style_is_raw_again():
    assert names("<svg><p><style><b></style>")[-2:] == [("start", "style"), ("end", "style")]


def test_unclosed_svg_ends_with_the_element_around_it():
    assert names("<div><svg></div><style><b></style>")[-2:] == [("start", "style"), ("end", "style")]


def test_tag_that_the_file_ends_in_is_dropped():
    assert [t.kind for t in Tokenizer('a<b class="x')] == ["text", "junk"]


def test_hidden_script_in_a_comment_does_not_end_the_script():
    assert names("<script><!--<script></script>--></script><i>")[-2:] == [("end", "script"), ("start", "i")]


def test_style_in_a_select_makes_the_page_ambiguous():
    tokenizer = Tokenizer("<select><style></select>")

    list(tokenizer)

    assert tokenizer.ambiguous
