"""The mutation matrix on a small sample; `./script/bench optimizer` runs it on thousands of blocks."""

import random
from functools import cache

import pytest

from nimbus.demo import site
from optimizer import Brief, PageText, checks, inline
from optimizer.checks.subject import Known
from optimizer.html import Page
from optimizer.tests import damage, swaps
from optimizer.tests.foreign import SENTENCES
from optimizer.types import Block


@cache
def sample():
    """(page, known, block) of eight made pages and of a page in each of ten languages."""
    pages = []
    for place in list(site.places(400))[::50]:
        extraction = Page(site.render(place).encode()).extraction(
            rules=site.DIMENSION_RULES, path=f"/{place.path}"
        )
        pages.append(PageText.from_extraction(extraction, f"https://shop.test/{place.path}"))
    for language, texts in SENTENCES.items():
        blocks = tuple(Block(f"b-{n}", "p", text) for n, text in enumerate(texts))
        pages.append(PageText(f"https://shop.test/{language}", {"title": "Shop"}, blocks, {}, language))
    known = [(page, Known.of(page, Brief())) for page in pages]
    return [(page, of, block) for page, of in known for block in page.blocks if len(block.content) > 2]


def is_held(page, known, block, text):
    found = checks.check_all(
        block.content, text, kind="block", target=block.id, page=page, brief=Brief(), known=known
    )
    return any(verdict.level in ("refuse", "hold") for verdict in found)


def changed(change):
    draw = random.Random(6)
    for page, known, block in sample():
        text = change(block.content, draw)
        if text and text != block.content and not (block.attr and inline.TAG.search(text)):
            yield page, known, block, text


@pytest.mark.parametrize("name", sorted(set(damage.DAMAGE) - {"tag moved"}))
def test_damage_is_caught(name):
    # A description of a picture may grow.
    cases = [case for case in changed(damage.DAMAGE[name]) if name != "lengthened" or not case[2].attr]
    found = [is_held(*case) for case in cases]

    assert found
    assert sum(found) >= 0.97 * len(found)


@pytest.mark.parametrize("name", ["link moved", "words swapped", "word replaced", "word dropped"])
def test_edit_that_harms_nothing_is_let_through(name):
    cases = [
        case
        for case in changed(damage.HARMLESS[name])
        if all(value in case[3].casefold() for value in dimension_values(case))
    ]
    found = [is_held(*case) for case in cases]

    assert found
    assert sum(found) <= 0.03 * len(found)


def dimension_values(case):
    page, _, block, _ = case
    values = [value.replace("-", " ") for value in page.dimensions.values()]
    return [value for value in values if value in inline.plain(block.content).casefold()]


def test_other_language_is_told_by_the_language_check():
    draw = random.Random(6)
    found = []
    for page, known, block in sample():
        text = damage.in_language(block.content, draw, page.language[:2])
        if text:
            verdicts = checks.check_all(
                block.content, text, kind="block", target=block.id, page=page, brief=Brief(), known=known
            )
            found.append("language" in {verdict.check for verdict in verdicts})

    assert len(found) > 50
    assert sum(found) >= 0.9 * len(found)


def test_swapped_places_brands_and_services_are_all_caught():
    draw = random.Random(6)
    cases = [
        (page, known, block, text)
        for page, known, block in sample()
        for _, text in swaps.swapped(page, known, block, draw)
    ]

    assert len(cases) > 30
    assert all(is_held(*case) for case in cases)


@pytest.mark.parametrize("claim", damage.CLAIMS)
def test_added_promise_is_held_unless_a_fact_allows_it(claim):
    page, _, block = sample()[0]
    text = f"{block.content}, {claim}"

    def check(brief):
        known = Known.of(page, brief)
        found = checks.check_all(
            block.content, text, kind="block", target=block.id, page=page, brief=brief, known=known
        )
        return {verdict.check for verdict in found if verdict.level == "hold"}

    assert "claims" in check(Brief())
    assert "claims" not in check(Brief(facts=(f"We are {claim}.",)))


def test_every_check_has_a_sentence_for_people():
    assert len(checks.ABOUT) == len((*checks.REFUSING, *checks.HOLDING))
    assert all(about.endswith(".") and len(about) < 130 for about in checks.ABOUT.values())
