import asyncio
import json
import re
from dataclasses import replace

import pytest

from optimizer import Block, Brief, Completion, PageText, ProviderError, Usage, memory, optimize, tiers
from optimizer.asking import questions
from optimizer.masks import Mask
from optimizer.memory import PageMemory
from optimizer.prompts import build

BLOCKS = (
    Block("b-1", "h1", "Rolex watch repair in Leeds", above_fold=True),
    Block("b-2", "p", "We look at your watch the day it arrives in our workshop."),
    Block("b-3", "p", "Most Rolex jobs leave our Leeds workshop within a week."),
    Block("b-4", "p", "Repairs by post since 1987.", region="footer"),
)
PAGE = PageText(
    "https://mend.example/leeds",
    {"title": "Repairs", "metaDescription": ""},
    BLOCKS,
    {"brand": "rolex", "location": "leeds"},
    "en",
)


def sister(brand="Omega", place="York"):
    blocks = tuple(
        replace(b, content=b.content.replace("Rolex", brand).replace("Leeds", place)) for b in BLOCKS
    )
    dimensions = {"brand": brand.lower(), "location": place.lower()}
    return replace(PAGE, url=f"https://mend.example/{place}", blocks=blocks, dimensions=dimensions)


class Shelf:
    """A memory in a dict."""

    def __init__(self):
        self.texts, self.open = {}, {}

    async def recall(self, hashes):
        return {key: self.texts[key] for key in hashes if key in self.texts}

    def reserve(self, key):
        if key in self.open:
            return self.open[key]
        self.open[key] = asyncio.get_running_loop().create_future()
        return None

    def settle(self, key, text):
        self.open.pop(key).set_result(text)


class Model:
    """Puts “gladly” before every verb it knows, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    async def __call__(self, prompt):
        lines = re.findall(r"^\[(\d+)\] ([^:]+):(?: (.*))?$", prompt.user, re.MULTILINE)
        self.asked.append([label for _, label, _ in lines])
        await asyncio.sleep(0)
        items = [
            {"n": int(n), "text": re.sub(r"\b(look|leave)\b", r"gladly \1", text)} for n, _, text in lines
        ]
        return Completion(json.dumps({"items": items}), "m", Usage(1, 1), "stop", "r")

    @property
    def lines(self):
        return sum(map(len, self.asked))


async def work(page, shelf, model, brief=Brief(), name="m"):  # noqa: B008
    own = PageMemory(shelf, name)
    found = await optimize(page, brief, "full", model, own)
    shelf.texts |= own.learned
    return {s.target: s.text for s in found}, own


async def test_same_page_again_is_not_asked_at_all():
    shelf, model = Shelf(), Model()
    first, _ = await work(PAGE, shelf, model)
    again, own = await work(PAGE, shelf, model)

    assert again == first != {}
    assert len(model.asked) == 1
    assert (own.reused, own.saved_input_tokens > 20, own.learned) == (5, True, {})


async def test_text_without_dimension_values_is_bought_once_for_all_pages():
    shelf, model = Shelf(), Model()
    await work(PAGE, shelf, model)
    found, own = await work(sister(), shelf, model)

    assert found["b-2"] == "We gladly look at your watch the day it arrives in our workshop."
    assert own.reused == 1
    assert model.asked[1] == ["title", "description", "h1", "p"]


async def test_text_with_values_is_shared_only_where_the_project_allows_it():
    shelf, model = Shelf(), Model()
    brief = Brief(shares_masked=True)
    await work(PAGE, shelf, model, brief)
    found, own = await work(sister(), shelf, model, brief)

    assert found["b-3"] == "Most Omega jobs gladly leave our York workshop within a week."
    assert own.reused == 2


@pytest.mark.parametrize("change", [{"version": 2}, {"language": "de"}])
async def test_another_brief_buys_anew(change):
    shelf, model = Shelf(), Model()
    await work(PAGE, shelf, model)
    await work(PAGE, shelf, model, Brief(**change))

    assert len(model.asked) == 2


async def test_another_model_buys_anew():
    shelf, model = Shelf(), Model()
    await work(PAGE, shelf, model)
    await work(PAGE, shelf, model, name="other")

    assert len(model.asked) == 2


async def test_pages_at_the_same_time_wait_for_one_answer():
    shelf, model = Shelf(), Model()
    found = await asyncio.gather(
        *(work(sister(place=place), shelf, model) for place in ("York", "Hull", "Bath"))
    )

    assert [texts["b-2"][:10] for texts, _ in found] == ["We gladly "] * 3
    assert sum(labels.count("p") for labels in model.asked) == 1 + 3


async def test_page_that_fails_lets_the_waiting_ones_ask_for_themselves():
    shelf, model = Shelf(), Model()

    async def fail(prompt):
        await asyncio.sleep(0)
        raise ProviderError("timeout")

    failed = asyncio.create_task(work(PAGE, shelf, fail))
    await asyncio.sleep(0)
    found, _ = await work(sister(), shelf, model)

    with pytest.raises(ProviderError):
        await failed
    assert found["b-2"].startswith("We gladly")


async def test_remembered_text_is_checked_in_the_page_s_own_light():
    shelf, model = Shelf(), Model()
    keys = memory.keys(PAGE, Brief(), tiers.select(PAGE, "full"), "m")
    shelf.texts[keys[4].exact] = "We look at your watch for £900."
    found, own = await work(PAGE, shelf, model)

    assert "£900" not in found["b-2"]
    assert own.reused == 0


async def test_footer_is_worked_on_once_for_all_pages_where_the_project_wants_it():
    shelf, model = Shelf(), Model()
    brief = Brief(works_on_shared=True)
    await work(PAGE, shelf, model, brief)
    _, own = await work(sister(), shelf, model, brief)

    assert own.reused == 2


async def test_a_person_s_words_are_used_again_and_offered_to_sisters():
    shelf, model = Shelf(), Model()
    lines = tiers.select(PAGE, "full")
    keys, mask = memory.keys(PAGE, Brief(), lines, "m"), Mask.of(PAGE)
    shelf.texts |= memory.human_lessons(keys[1], "Rolex repair in Leeds, by hand and by post", mask)
    own, _ = await work(PAGE, shelf, model, Brief(version=9), "other")
    other, _ = await work(sister(), shelf, model)

    assert own["title"] == "Rolex repair in Leeds, by hand and by post"
    assert other["title"] == "Omega repair in York, by hand and by post"


async def test_question_keeps_its_name_when_fewer_lines_are_asked():
    shelf, prompts = Shelf(), []

    async def listen(prompt):
        prompts.append(prompt)
        return await Model()(prompt)

    await work(PAGE, shelf, listen)
    keys = memory.keys(PAGE, Brief(), tiers.select(PAGE, "full"), "m")
    del shelf.texts[keys[1].exact]
    await work(PAGE, shelf, listen)

    assert prompts[0].identity == prompts[1].identity
    assert prompts[0].user != prompts[1].user


def test_mask_keeps_capitals_and_the_page_s_spelling():
    page = PageText(
        "u",
        {},
        (Block("b", "p", "A watch repair for TAG Heuer"),),
        {"service": "watch-repair", "brand": "tag-heuer"},
    )
    mask = Mask.of(page)

    assert mask.hide("Watch repair: TAG HEUER") == "⟦^service⟧: ⟦brand⟧"
    assert mask.show("⟦^service⟧: ⟦brand⟧") == "Watch repair: TAG Heuer"
    assert mask.show("⟦location⟧") is None


async def test_first_questions_leave_out_what_is_remembered():
    shelf, model = Shelf(), Model()
    await work(PAGE, shelf, model)
    sold = replace(PAGE, head={"title": "Repairs and sales", "metaDescription": ""})
    lines = tiers.select(sold, "full")

    found = await shelf.recall(memory.hashes(sold, Brief(), lines, "m"))

    (asked,) = questions(sold, Brief(), "full", found, "m")
    (whole,) = questions(sold, Brief(), "full")
    assert "] p: We look at your watch" in whole.user
    assert "[-] p: We look at your watch" in asked.user
    assert len(numbered(asked)) < len(numbered(whole))
    # The journal finds the answer to either.
    assert asked.identity == whole.identity


async def test_page_that_remembers_everything_has_no_first_question():
    shelf, model = Shelf(), Model()
    await work(PAGE, shelf, model)

    found = await shelf.recall(memory.hashes(PAGE, Brief(), tiers.select(PAGE, "full"), "m"))

    assert questions(PAGE, Brief(), "full", found, "m") == []
    assert questions(PAGE, Brief(), "full", found, "another model") != []


def numbered(prompt):
    return re.findall(r"(?m)^\[\d+\] ", prompt.user)


async def test_line_that_is_asked_about_later_is_a_question_of_its_own():
    """Else its answer would be taken for the first one's, which led nowhere and is bought again."""
    lines = tiers.select(PAGE, "full")

    first, later = (build(PAGE, Brief(), lines[:1], chunk=lines, turn=turn) for turn in (0, 1))

    assert first.user == later.user
    assert first.identity != later.identity


@pytest.mark.parametrize(
    ("dimensions", "text"),
    [({}, "Watches mended by hand and by post."), (PAGE.dimensions, "Watches mended by hand and by post.")],
)
def test_a_person_s_description_without_a_value_fits_its_own_page_alone(dimensions, text):
    """Else every page that has no description yet would get this one."""
    page = replace(PAGE, dimensions=dimensions)
    lines = tiers.select(page, "full")
    keys = memory.keys(page, Brief(), lines, "m")

    assert list(memory.human_lessons(keys[2], text, Mask.of(page))) == [keys[2].human]


def test_a_person_s_description_is_offered_within_its_family_alone():
    lines = tiers.select(PAGE, "full")
    other = replace(sister(), blocks=sister().blocks[:2])
    keys = [memory.keys(page, Brief(), lines, "m")[2].human_masked for page in (PAGE, sister(), other)]

    assert keys[0] == keys[1] != keys[2]
    lesson = memory.human_lessons(memory.keys(PAGE, Brief(), lines, "m")[2], "In Leeds.", Mask.of(PAGE))
    assert lesson[keys[0]] == "In ⟦location⟧."
