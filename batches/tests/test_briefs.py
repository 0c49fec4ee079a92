from django.urls import reverse

from batches import briefs
from optimizer import Block, PageText, checks, prompts, tiers
from projects import changes
from tests.cast import sign_in

CONTENT = {
    "tone": "premium",
    "do": ["We look first, then we speak."],
    "facts": ["Open on Monday.", {"text": "Parking for 20 cars.", "when": {"location": "leeds"}}],
    "field_rules": {"title_pattern": "{service} in {location} | {company}", "title_chars": 60},
}


def page(location):
    blocks = (Block("b-1", "h1", f"Watch repair in {location}"), Block("b-2", "p", "We mend your watch."))
    head = {"title": "Repairs", "metaDescription": ""}
    dimensions = {"location": location.lower(), "service": "watch-repair"}
    return PageText("https://a.example/x", head, blocks, dimensions, "en")


def test_facts_of_some_pages_reach_prompt_and_checks_of_those_pages_only(project, alice):
    changes.write_brief(project, alice, CONTENT)
    brief = briefs.current(project)

    def holds(place):
        found = checks.check_all(
            "We mend your watch.", "We mend your watch. Parking for 20 cars.", kind="block", target="b-2",
            page=page(place), brief=brief,
        )  # fmt: skip
        return "facts" in {verdict.check for verdict in found if verdict.level == "hold"}

    def prompt(place):
        return prompts.build(page(place), brief, tiers.select(page(place), "meta")).user

    assert (holds("Leeds"), holds("York")) == (False, True)
    assert "- fact: Parking for 20 cars." in prompt("Leeds")
    assert "Parking" not in prompt("York")


def test_what_is_equal_for_all_pages_comes_first(project, alice):
    changes.write_brief(project, alice, CONTENT)
    brief = briefs.current(project)
    one, other = (
        prompts.build(page(place), brief, tiers.select(page(place), "meta")).user
        for place in ("Leeds", "York")
    )

    same = one[: next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)]
    assert "- fact: Open on Monday." in same
    assert "- write like this: We look first" in same
    assert f"- title by the pattern: Watch repair in Leeds | {project.name}" in one


def test_frozen_brief_thaws_whole(project, alice):
    changes.write_brief(project, alice, CONTENT)
    brief = briefs.current(project)

    assert briefs.thaw(briefs.freeze(brief)) == brief


def test_instructions_show_template_brief_checks_and_a_prompt(client, alice, project):
    changes.write_brief(project, alice, CONTENT)
    sign_in(client, alice)
    answer = client.get(reverse("batches:instructions", args=[project.id])).content.decode()

    assert f"Prompt version {prompts.VERSION}" in answer
    assert "We look first, then we speak." in answer
    assert "premium: calm" in answer
    assert checks.ABOUT["markup"][:20] in answer
