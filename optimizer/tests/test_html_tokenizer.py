"""The tokenizer against rules of the HTML standard, and html5lib-tests where at hand."""

import json
import os
from pathlib import Path

import pytest

from optimizer.html.chars import normalize_newlines, unescape
from optimizer.html.tokenizer import Tokenizer

MODES = {
    "Data state": "data",
    "RCDATA state": "rcdata",
    "RAWTEXT state": "rawtext",
    "Script data state": "script",
    "PLAINTEXT state": "plaintext",
    "CDATA section state": "cdata",
}


def value_of(units, attribute):
    value = unescape(
        normalize_newlines(units[attribute.value_start : attribute.value_end]), in_attribute=True
    )
    return value.replace("\0", "\ufffd")


def text_of(units, token):
    text = normalize_newlines(units[token.start : token.end])
    if token.mode in ("data", "rcdata"):
        text = unescape(text)
    return text if token.mode == "data" else text.replace("\0", "\ufffd")


def plain_tokens(units, mode="data", last_tag=""):
    """Tokens in the shape of html5lib-tests: comments and doctypes by presence only."""
    found = []
    if mode == "cdata":
        # The suite starts inside the section; what precedes its end is text as it stands.
        text, mark, rest = units.partition("]]>")
        head = [["Character", normalize_newlines(text)]] if text else []
        return joined(head + (plain_tokens(rest) if mark else []))
    # A script whose last start tag was another one can only be ended by that name, as raw text is.
    if mode == "script" and last_tag == "xmp":
        mode = "rawtext"
    for token in Tokenizer(units, mode=mode, last_tag=last_tag):
        if token.kind == "start":
            values = {a.name: value_of(units, a) for a in token.attributes}
            found.append(["StartTag", token.name, values, token.self_closing])
        elif token.kind == "end":
            found.append(["EndTag", token.name])
        elif token.kind in ("comment", "doctype"):
            found.append([token.kind])
        elif token.kind == "text":
            found.append(["Character", text_of(units, token)])
    return joined(found)


def joined(tokens):
    """Neighbouring text tokens as one."""
    found = []
    for token in tokens:
        if token[0] == "Character" and found and found[-1][0] == "Character":
            found[-1] = ["Character", found[-1][1] + token[1]]
        else:
            found.append(token)
    return found


def wanted_tokens(output):
    found = []
    for token in output:
        if token == "ParseError":
            continue
        if token[0] == "StartTag":
            found.append(["StartTag", token[1], token[2], len(token) > 3 and token[3]])
        elif token[0] in ("Comment", "DOCTYPE"):
            found.append([token[0].lower()])
        else:
            found.append(list(token[:2]))
    return joined(found)


def html5lib_cases():
    """Every case of the tokenizer suite; the folder is named by HTML5LIB_TESTS."""
    folder = Path(os.environ["HTML5LIB_TESTS"])
    for path in sorted(folder.glob("*.test")):
        for test in json.loads(path.read_text()).get("tests", []):
            source, output = test["input"], test["output"]
            if test.get("doubleEscaped"):
                source = json.loads('"' + source.replace('"', '\\"') + '"')
                output = json.loads(json.dumps(output).replace("\\\\u", "\\u"))
            for state in test.get("initialStates", ["Data state"]):
                yield path.name, source, MODES[state], test.get("lastStartTag", ""), wanted_tokens(output)


@pytest.mark.skipif(
    "HTML5LIB_TESTS" not in os.environ, reason="set HTML5LIB_TESTS to the tokenizer test folder"
)
def test_every_html5lib_tokenizer_case_passes():
    cases = list(html5lib_cases())

    wrong = [case for case in cases if plain_tokens(*case[1:4]) != case[4]]

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
