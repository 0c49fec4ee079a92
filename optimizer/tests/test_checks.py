import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import Block, Brief, PageText, checks
from optimizer.twin.answers import HOSTILE

TEXT = "We have mended Rolex watches in <a1>Leeds</a1> since 1987 for <b2>£49</b2>."
PAGE = PageText(
    "https://mend.example/leeds",
    {"title": "Rolex repair in Leeds", "metaDescription": ""},
    (
        Block("b-1", "p", TEXT),
        Block("b-2", "p", "Post your watch to our workshop in York and we look at it the day it arrives."),
        Block("b-3", "button", "Book now"),
        Block("b-4", "alt", "IMG_1234.jpg", attr="alt"),
        Block("b-5", "p", "One<br1/>two <code2/>three"),
    ),
    {"location": "leeds"},
    "en",
)
BRIEF = Brief(keep=("SpeedyFix",), avoid=("timepiece",), facts=("Open on Monday.",))


def verdicts(text, original=TEXT, target="b-1", kind="block"):
    return checks.check_all(original, text, kind=kind, target=target, page=PAGE, brief=BRIEF)


def level(text, **kw):
    found = {verdict.level for verdict in verdicts(text, **kw)}
    return next(name for name in ("refuse", "hold", "note", "pass") if name in found)


def names(text, **kw):
    return {verdict.check for verdict in verdicts(text, **kw)}


def test_honest_rewrite_passes_with_full_confidence():
    text = "Since 1987 we have mended Rolex watches in <a1>Leeds</a1> from <b2>£49</b2>."

    assert level(text) == "pass"
    assert checks.confidence(verdicts(text)) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.replace("<a1>", "").replace("</a1>", ""),
        TEXT.replace("a1", "a9"),
        TEXT.replace("</a1>", ""),
        TEXT.replace("<a1>Leeds</a1>", "Leeds <a1></a1>"),
        TEXT.replace("<b2>£49</b2>", "£49").replace("Leeds", "Leeds <b2>now</b2>"),
        TEXT + "<b2>again</b2>",
        TEXT + "<script>alert(1)</script>",
        TEXT + "<strong>now</strong>",
        TEXT + " &lt;script&gt;",
        TEXT + " &nbsp;",
        TEXT + " &amp;nbsp;",
        TEXT + " javascript:alert(1)",
        TEXT + " {{ user }}",
        TEXT + " ${7*7}",
        TEXT + " [click](there)",
        TEXT + " See https://evil.example/",
        TEXT + " See evil.com",
        TEXT + " See mеnd.com",
        TEXT + " Write to mail@mend.org",
        TEXT + " Hi\u200bdden",
        TEXT + " \u202eorder",
        TEXT + " \x07",
        TEXT + " a" + "\u0301" * 20,
        TEXT + " Use only facts that the lines, the dimensions or the fact sheet state.",
    ],
)
def test_damage_is_refused(text):
    assert level(text) == "refuse"
    assert checks.confidence(verdicts(text)) is None


@pytest.mark.parametrize("payload", HOSTILE[:-1])
@pytest.mark.parametrize(
    ("target", "kind"), [("title", "head"), ("metaDescription", "head"), ("b-2", "block"), ("b-4", "block")]
)
def test_hostile_answer_is_refused_in_every_place(payload, target, kind):
    original = (
        PAGE.head.get(target) if kind == "head" else next(b.content for b in PAGE.blocks if b.id == target)
    )

    assert level(payload, original=original, target=target, kind=kind) == "refuse"


def test_tags_are_refused_where_only_plain_text_may_stand():
    assert (
        level("Rolex <b1>repair</b1> in Leeds", original=PAGE.head["title"], target="title", kind="head")
        == "refuse"
    )


def test_line_breaks_keep_their_order():
    assert level("One<code2/>two <br1/>three", original=PAGE.blocks[4].content, target="b-5") == "refuse"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (("1987", "1988"), "facts"),
        (("£49", "$49"), "facts"),
        (("£49", "49 %"), "facts"),
        (("since 1987 ", ""), "facts"),
        (("We have", "Twenty of us have"), "facts"),
        (("for <b2>", "each Tuesday for <b2>"), "facts"),
        (("Rolex", "Omega"), "names"),
        (("We have", "Our certified team has"), "claims"),
        (("We have", "The best in town: we have"), "claims"),
        (("Leeds", "York"), "kept"),
        (("watches", "timepiece"), "kept"),
        (("We have", "We " + "gladly and gently " * 6 + "have"), "length"),
    ],
)
def test_text_beyond_what_the_page_says_is_held(change, check):
    text = TEXT.replace(*change)

    assert level(text) == "hold"
    assert check in names(text)


def test_fact_sheet_vouches_for_a_day():
    assert level(TEXT.replace("We have", "From Monday on we have")) == "note"


def test_same_price_in_another_spelling_is_no_new_fact():
    old = "It costs 1,000 € and takes 20 percent less."

    assert "facts" not in names("It takes 20% less and costs €1000.", original=old, target="b-x")


def test_copy_of_a_sibling_is_held():
    assert "copies" in names(
        PAGE.blocks[1].content, target="b-1", original="A first line about our work with old clocks."
    )


def test_other_language_is_held():
    german = "Wir sind für Sie da und reparieren die Uhren in <a1>Leeds</a1> seit 1987 für <b2>£49</b2>."

    assert "language" in names(german)


def test_button_has_little_room():
    assert "length" in names("Book your watch repair now", original="Book now", target="b-3")


def test_digits_of_a_file_name_may_go():
    assert level("Rolex on the bench", original="IMG_1234.jpg", target="b-4") in ("pass", "note")


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("Rolex repair in Leeds by post and in person", False),
        ("W" * 40 + " Leeds Rolex", True),
        ("i " * 40, True),
    ],
)
def test_title_is_measured_in_characters_and_pixels(text, is_held):
    assert ("length" in names(text, original="Rolex repair in Leeds", target="title", kind="head")) is is_held


def test_confidence_falls_with_every_remark():
    held = verdicts(TEXT.replace("1987", "1988"))
    noted = verdicts(TEXT.replace("mended", "mended!"))

    assert checks.confidence(held) < checks.confidence(noted) < 1


@settings(max_examples=60, deadline=None)
@given(st.text(), st.sampled_from(["title", "b-1", "b-4"]))
def test_no_text_makes_a_check_stumble(text, target):
    kind = "head" if target == "title" else "block"

    assert verdicts(text, target=target, kind=kind)


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a.", "A/", "1,", "a@", "<", "&", "a1 ", "x:", "% ", "\u0301", "-_"]
)
def test_endless_text_is_judged_in_linear_time(piece):
    text = piece * (100_000 // len(piece))
    page = PageText("u", {"title": "T"}, (Block("b-1", "p", "Some text"), Block("b-2", "p", text)), {})
    started = time.process_time()
    checks.check_all("Some text", text + " more", kind="block", target="b-1", page=page, brief=BRIEF)

    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", ["Fish & chips", "Fish &nbsp; chips", "4 > 3", "3 < 4"])
def test_block_text_that_apply_would_leave_out_is_refused(text):
    assert level(text, original="Fish and chips", target="b-2") == "refuse"
    assert level(text, original="Fish and chips", target="b-4") == "refuse"


@pytest.mark.parametrize("text", ["Fish &amp; chips", "4 &gt; 3 chips", "3 &lt; 4 chips"])
def test_escaped_block_text_is_not_refused(text):
    assert level(text, original="Fish and chips", target="b-2") != "refuse"
