from dataclasses import replace

import pytest

from nimbus.demo import site
from optimizer import Block, Brief, PageText, checks, offline, optimize, words
from optimizer.html import Page
from optimizer.offline import OfflineProvider
from optimizer.types import Sibling


def make_page(title="Home", description="", blocks=(), **dimensions):
    default = (
        Block("b-1", "h1", "WATCH REPAIR"),
        Block(
            "b-2", "p", "We mend the the <a1>Rolex Datejust</a1> and many other watches in our own workshop."
        ),
        Block("b-3", "h2", "OUR PRICES"),
        Block("b-4", "alt", "IMG_1234.jpg", attr="alt"),
        Block("b-5", "alt", "rolex-datejust_800x600.jpg", attr="alt"),
        Block("b-6", "p", "Call us and we tell you what it costs before we start."),
    )
    head = {"title": title, "metaDescription": description}
    return PageText("https://mend.example/", head, tuple(blocks) or default, dimensions, "en")


async def texts(page, tier="full", brief=Brief()):  # noqa: B008
    return {item.target: item.text for item in await optimize(page, brief, tier, OfflineProvider().complete)}


async def test_page_is_really_improved():
    found = await texts(make_page(location="leeds", brand="rolex"), brief=Brief(company="Mend by Post"))

    assert found["title"] == "Watch repair – Rolex in Leeds | Mend by Post"
    assert found["b-2"].startswith("We mend the <a1>Rolex Datejust</a1>")
    assert (found["b-3"], found["b-4"], found["b-5"]) == ("Our prices", "Our prices", "Rolex Datejust")
    assert 70 <= len(found["metaDescription"]) <= 160


async def test_title_attribute_of_a_link_is_not_written_like_a_page_title():
    blocks = (Block("b-1", "h1", "Watch repair in Leeds"), Block("b-2", "a", "Our work", attr="title"))

    found = await texts(make_page("Home", "", blocks))

    assert found.get("b-2", "Our work") == "Our work"
    assert found["title"] != "Home"


async def test_titles_differ_where_only_dimensions_do():
    one, other = [(await texts(make_page(location=place), "meta"))["title"] for place in ("leeds", "york")]

    assert one != other
    assert "Leeds" in one
    assert "York" in other


async def test_every_text_passes_every_check():
    suggestions = await optimize(make_page(location="leeds"), Brief(), "full", OfflineProvider().complete)

    assert suggestions
    assert all(verdict.level == "pass" for item in suggestions for verdict in item.verdicts)


async def test_words_all_come_from_the_page():
    page = make_page(location="leeds", brand="rolex")
    known = checks.Known.of(page, Brief()).vocabulary | {"in"}

    for target, text in (await texts(page)).items():
        assert words.vocabulary(text.replace("<a1>", "").replace("</a1>", "")) <= known, target


async def test_good_page_is_left_alone():
    title = "Careful watch repair in the heart of Leeds"
    description = "We mend watches in our own workshop and tell you what it costs before we start."
    blocks = (Block("b-1", "h1", "Watch repair in Leeds"), Block("b-2", "p", "We mend watches."))

    assert await texts(make_page(title, description, blocks, location="leeds")) == {}


async def test_long_title_is_brought_to_size():
    title = "Watch repair in Leeds by people who love watches and everything about them | Mend by Post"
    text = (await texts(make_page(title), "meta"))["title"]

    assert words.fits_title(text)


async def test_page_without_sentences_gets_no_made_up_description():
    assert "metaDescription" not in await texts(make_page(blocks=[Block("b-1", "h1", "Hi")]), "meta")


@pytest.mark.parametrize("missing", [0, 1])
async def test_page_with_just_enough_words_is_described_by_all_of_them(missing):
    """As short as a description may be, or one character shorter: then there is none."""
    blocks = [
        Block(f"b-{n}", "label", name) for n, name in enumerate(("First name", "Need help?", "Sign up"))
    ]
    title = "An account at the shop of Mend by Post"[1 + missing :]

    found = await texts(make_page(title, "", blocks), "meta")

    assert len(found.get("metaDescription", "")) == (0 if missing else 70)


async def test_page_without_heading_and_title_is_named_by_what_it_says_first():
    found = await texts(make_page("", "", [Block("b-1", "p", "Hello world! This is a shop.")]), "meta")

    assert found["title"] == "Hello world! This is a shop"


async def test_same_prompt_gives_the_same_answer():
    page = make_page(location="leeds")

    assert await texts(page) == await texts(page)


@pytest.mark.parametrize(
    "user", ["", "Brief", "<<<PAGE-1", "[1] title: outside\n- a: b", "<<<PAGE-1\n[x] y\nPAGE-1>>>"]
)
def test_strange_prompt_is_answered_with_nothing(user):
    assert offline.answer(user) == {"items": []}


@pytest.mark.parametrize("language", ["de", "ar", "ja", "th"])
async def test_other_writing_survives(language):
    sample = {"de": "Grüße & Maße", "ar": "مرحبا بكم", "ja": "時計の修理", "th": "ซ่อมนาฬิกา"}[language]
    page = PageText(
        "u",
        {"title": sample, "metaDescription": sample},
        (Block("b", "p", sample.replace("&", "&amp;")),),
        {},
    )

    assert set(await texts(page)) <= {"title", "metaDescription"}


async def test_every_page_of_the_made_site_gets_a_fitting_title_and_description_of_its_own():
    seen = set()
    for place in list(site.places(200))[::8]:
        extraction = Page(site.render(place).encode()).extraction(
            rules=site.DIMENSION_RULES, path=f"/{place.path}"
        )
        page = PageText.from_extraction(extraction, f"https://shop.test/{place.path}")
        found = dict(page.head) | await texts(page, "meta", Brief(company="Repairs by Post"))

        assert words.fits_title(found["title"])
        assert words.fits_description(found["metaDescription"])
        assert len(found["title"]) >= 25
        seen |= {found["title"], found["metaDescription"]}
    assert len(seen) == 50


async def test_page_without_sentences_is_described_by_its_headings_and_labels():
    blocks = [
        Block("b-1", "h1", "Watch repair"),
        *(Block(f"b-{n}", "li", name) for n, name in enumerate(("New glass", "Fresh cells", "Straps"), 2)),
        *(Block(f"b-{n}", "h2", name) for n, name in enumerate(("What it costs", "How we work"), 8)),
    ]

    assert (await texts(make_page(blocks=blocks), "meta"))["metaDescription"] == (
        "Watch repair: What it costs, How we work, New glass, Fresh cells, Straps."
    )


async def test_wide_description_is_brought_to_the_pixels_that_are_shown():
    old = (
        "WWW MMM " * 15 + "We mend watches, and we look at them the day they arrive in our workshop in town."
    )
    found = await texts(make_page("Watch repair in our own workshop", old[-160:]), "meta")

    assert words.pixels(old[-160:], words.DESCRIPTION_FONT_PX) > words.DESCRIPTION_PIXELS
    assert words.fits_description(found["metaDescription"])


async def test_title_that_a_sister_page_has_is_told_apart_by_a_heading():
    title = "Everything about watches and clocks"
    page = replace(make_page(title), siblings=(Sibling("u", title),))

    assert (await texts(page, "meta")).get("title", title) != title


async def test_title_is_not_changed_for_another_dash():
    assert "title" not in await texts(make_page("Watch repair - Mend by Post"), "meta")


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("red-car.jpg",), ["Red car"]),
        (("workshop.jpg",), ["Workshop"]),
        # One picture twice is named twice; two of one section are not both the section.
        (("red-car.jpg", "red-car.jpg"), ["Red car", "Red car"]),
        (("1.jpg", "2.jpg"), ["Our workshop", None]),
        (("photo.jpg", "photo.jpg"), ["Our workshop", None]),
        # What names the first would not tell the second from it.
        (("studio-1.jpg", "studio-2.jpg"), ["Studio", None]),
    ],
)
async def test_pictures_are_named_by_their_files_else_once_by_their_section(names, wanted):
    headings = (Block("h", "h2", "Our workshop"), Block("h3", "h3", "Anna Smith"))
    pictures = [Block(f"i{n}", "img", name, attr="alt") for n, name in enumerate(names)]
    found = await texts(make_page(blocks=(*headings, *pictures)))

    assert [found.get(picture.id) for picture in pictures] == wanted
