"""The offline engine on real themes: a title for every page, a description wherever the words are enough."""

import asyncio
from dataclasses import replace

import pytest

from optimizer import Brief, PageText, describing, optimize, words
from optimizer.html import Page
from optimizer.offline import OfflineProvider
from optimizer.types import Sibling
from tests.test_html_judges import THEMES, theme_pages


@pytest.fixture(scope="module")
def improved():
    """By page: the page, its suggestions, and title and description as they are then."""
    found, said = {}, []
    for path in theme_pages():
        page = PageText.from_extraction(
            Page(path.read_bytes()).extraction(), f"https://shop.test/{path.stem}"
        )
        known = replace(page, siblings=tuple(said))
        some = asyncio.run(optimize(known, Brief(), "full", OfflineProvider().complete))
        head = {"title": "", "metaDescription": ""} | dict(page.head)
        head |= {item.target: item.text for item in some if item.target in head and item.text}
        said.append(Sibling(page.url, head["title"], head["metaDescription"]))
        found[str(path.relative_to(THEMES))] = (page, some, head)
    return found


def test_every_page_has_a_title_that_is_seen_whole(improved):
    assert [name for name, (*_, head) in improved.items() if not words.fits_title(head["title"])] == []
    assert all(head["title"] for *_, head in improved.values())


def test_every_page_has_a_description_that_fits(improved):
    """Each of these says enough; `./script/bench optimizer` names those of more themes that do not."""
    assert all(len(describing.own_words(page)) >= words.DESCRIPTION_MIN for page, *_ in improved.values())
    assert all(words.fits_description(head["metaDescription"]) for *_, head in improved.values())


def test_words_of_a_description_are_the_page_s_own(improved):
    for page, _, head in improved.values():
        own = words.vocabulary(f"{describing.own_words(page)} {page.head.get('metaDescription')}")
        assert words.vocabulary(head["metaDescription"]) <= own


def test_every_text_passes_every_check(improved):
    levels = {v.level for _, some, _ in improved.values() for item in some for v in item.verdicts}

    assert levels <= {"pass", "note"}


def test_no_alternative_text_is_a_file_s_name(improved):
    for page, some, _ in improved.values():
        after = {item.target: item.text for item in some}
        alts = [after.get(block.id, block.content) for block in page.blocks if block.attr == "alt"]
        assert not any(words.is_file_name(alt) for alt in alts)
