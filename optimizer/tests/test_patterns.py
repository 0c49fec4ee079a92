from optimizer import Block, Brief, PageText, checks, offline, patterns, prompts, tiers
from optimizer.types import FieldRules

PATTERN = "{service} in {location} | {company}"
BRIEF = Brief(company="Mend by Post", fields=FieldRules(title_pattern=PATTERN))


def page(title="Repairs", **dimensions):
    blocks = (Block("b-1", "h1", "Rolex watch repair in Leeds"),)
    return PageText("u", {"title": title, "metaDescription": ""}, blocks, dimensions, "en")


def test_pattern_is_filled_in_the_page_s_own_spelling():
    assert patterns.fill(PATTERN, page(service="watch-repair", location="leeds"), BRIEF) == (
        "watch repair in Leeds | Mend by Post"
    )


def test_page_that_lacks_a_value_has_no_title_by_the_pattern():
    assert patterns.fill(PATTERN, page(location="leeds"), BRIEF) == ""


def test_title_off_the_pattern_is_noted():
    def names(title):
        found = checks.check_all(
            "Repairs", title, kind="head", target="title", brief=BRIEF,
            page=page(service="watch-repair", location="leeds"),
        )  # fmt: skip
        return {verdict.check for verdict in found}

    assert "pattern" in names("Leeds watch repair by people who care")
    assert "pattern" not in names("Watch repair in Leeds | Mend by Post")


def test_offline_engine_follows_the_pattern():
    asked = page(service="watch-repair", location="leeds")
    prompt = prompts.build(asked, BRIEF, tiers.select(asked, "meta"))

    assert offline.answer(prompt.user)["items"][0]["text"] == "Watch repair in Leeds | Mend by Post"
