"""JSON-LD is read exactly as strictly as JSON, and what is written into it stays one string."""

import json

from hypothesis import given
from hypothesis import strategies as st

from optimizer.html import Page, apply
from optimizer.html.chars import collapse, escape
from optimizer.html.jsonld import MalformedError, Reader, unescape, write

MARKS = ['"', "\\", "{", "}", "[", "]", ":", ",", " ", "\n", "\t", "\x0b", "\xa0", "\0", "'", "/"]
WORDS = [
    "null", "true", "fals", "0", "01", "-", "-0", "1.", "1.5e+3", "1e", ".5", '"a"', '"name":', '"\\u00e9"',
    '"\\u12"', '"\\x"', "NaN", "Infinity", "// x", '"name":"A"', '{"a":', "[1,2]", "{}", "[]", '"é😀"',
]  # fmt: skip
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "headline", "@type"]) | st.text(max_size=4), inner, max_size=4
        )
    ),
    max_leaves=12,
)


# Control characters are refused before anything is written.
TEXT = st.characters(exclude_categories=["Cc", "Cs"])


def refuse(constant):
    raise ValueError(constant)


def is_json(text):
    """What the standard library makes of it, without its extensions."""
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def is_read(text):
    try:
        Reader(text)
    except MalformedError:
        return False
    return True


@given(st.lists(st.sampled_from(MARKS + WORDS), max_size=12).map("".join))
def test_what_is_no_json_is_not_read(text):
    assert is_read(text) == is_json(text)


@given(values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_all_json_is_read(value, indent, is_ascii):
    assert is_read(json.dumps(value, indent=indent, ensure_ascii=is_ascii))


@given(values, st.integers(0, 200), st.sampled_from(MARKS))
def test_json_with_one_character_too_many_is_judged_like_the_standard_library(value, at, mark):
    text = json.dumps(value, ensure_ascii=False)
    text = text[:at] + mark + text[at:]

    assert is_read(text) == is_json(text)


@given(values)
def test_texts_stand_where_the_reader_says(value):
    text = json.dumps({"name": value, "x": [value]}, ensure_ascii=False)

    for _, start, end in Reader(text).texts:
        assert isinstance(json.loads(text[start - 1 : end + 1]), str)


@given(st.text(TEXT), st.booleans())
def test_written_text_is_the_same_text_and_nothing_in_a_script(text, is_unicode):
    written = write(text, is_unicode)

    assert json.loads(f'"{written}"') == unescape(written) == text
    assert not set(written) & set("<>&\u2028\u2029")
    assert is_unicode or written.isascii()


@given(values, st.text(TEXT, min_size=1))
def test_only_the_texts_asked_for_change(value, text):
    script = json.dumps({"@graph": [value, {"headline": "Old text", "name": "Name"}]}, ensure_ascii=False)
    script = script.replace("<", "\\u003c")
    data = f'<meta charset=utf-8><p>x</p><script type="application/ld+json">{script}</script>'.encode()
    page = Page(data)
    block = next(b for b in page.json_ld.blocks if b.content == "Old text")

    out, report = apply(data, {block.id: escape(text)})

    if report[block.id] == "applied":
        before, after = json.loads(script), json.loads(out.decode().split('json">')[1][: -len("</script>")])
        assert after["@graph"][1].pop("headline") == collapse(text).strip(" ")
        assert before["@graph"][1].pop("headline") == "Old text"
        assert before == after
    else:
        assert out == data


def test_deep_nesting_is_read_in_linear_time():
    assert is_read("[" * 50_000 + "]" * 50_000)
    assert is_read('{"a":' * 50_000 + "1" + "}" * 50_000)
    assert not is_read('"' + "\\" * 99_999)
