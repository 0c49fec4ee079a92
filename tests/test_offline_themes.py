"""The offline engine on real themes: a title for every page, a description wherever the words are enough."""

import asyncio
import re
from dataclasses import replace

import pytest

from optimizer import Brief, PageText, describing, optimize, tiers, words
from optimizer.html import Page, apply
from optimizer.html.chars import escape
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


def test_pictures_without_alternative_text_get_one():
    """The themes as if they had none: each picture whose file tells something is named, in the page."""
    telling = re.compile(r"[A-Za-z]{3,}[-_][A-Za-z]{3,}")
    named = set()
    for path in theme_pages()[::2]:
        page = Page(re.sub(rb"(<img\b[^>]*?) alt=(?:\"[^\"]*\"|'[^']*')", rb"\1", path.read_bytes()))
        text = PageText.from_extraction(page.extraction(), f"https://shop.test/{path.stem}")
        some = asyncio.run(optimize(text, Brief(), "full", OfflineProvider().complete))
        worked_on = {line.target for line in tiers.select(text, "full")}
        places = {b.id: b.content for b in page.blocks if b.lacking and b.id in worked_on}
        wanted = {item.target: item.text for item in some if item.target in places}
        out, report = apply(page, wanted)
        named |= {places[id] for id in wanted}

        assert {v.level for item in some for v in item.verdicts} <= {"pass", "note"}
        assert set(report.values()) <= {"applied"}
        after = [block.content for block in Page(out).blocks if block.attr == "alt"]
        assert set(map(escape, wanted.values())) <= set(after)
        assert not any(words.is_file_name(alt) for alt in wanted.values())
        assert {name for name in places.values() if telling.search(name)} <= {places[id] for id in wanted}

    assert len(named) > 1


def test_no_alternative_text_is_a_file_s_name(improved):
    for page, some, _ in improved.values():
        after = {item.target: item.text for item in some}
        alts = [after.get(block.id, block.content) for block in page.blocks if block.attr == "alt"]
        assert not any(words.is_file_name(alt) for alt in alts)
