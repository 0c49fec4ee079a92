import json
from dataclasses import replace

import pytest

from optimizer import Block, Brief, Completion, CompletionError, PageText, ProviderError, Usage, optimize
from optimizer.types import Sibling

PAGE = PageText(
    "https://mend.example/",
    {"title": "Clock repair", "metaDescription": ""},
    (
        Block("b-1", "h1", "We mend <a1>clocks</a1>"),
        Block("b-2", "p", "Send your clock to our workshop and we will look at it."),
        Block("b-3", "p", "We mend clocks &amp; watches of all kinds and ages."),
    ),
    {},
    "en",
)
SAME = {
    1: "Clock repair",
    2: "",
    3: PAGE.blocks[0].content,
    4: PAGE.blocks[1].content,
    5: PAGE.blocks[2].content,
}


class Model:
    """Answers with the given lines, one dict or raw text a call, and remembers its prompts."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.prompts = []

    async def __call__(self, prompt):
        self.prompts.append(prompt)
        answer = self.answers.pop(0)
        if isinstance(answer, dict):
            answer = json.dumps({"items": [{"n": n, "text": text} for n, text in answer.items()]})
        return Completion(answer, "m", Usage(1, 1), "stop", "r")


async def run(*answers, tier="full"):
    model = Model(*answers)
    return await optimize(PAGE, Brief(), tier, model), model


async def test_unchanged_lines_yield_nothing():
    suggestions, model = await run(SAME)

    assert suggestions == ()
    assert len(model.prompts) == 1


async def test_changed_line_becomes_a_suggestion():
    (suggestion,), _ = await run(SAME | {4: "Send us your clock and our workshop will look at it."})

    assert (suggestion.target, suggestion.kind, suggestion.confidence) == ("b-2", "block", 1.0)
    assert suggestion.original == PAGE.blocks[1].content


async def test_refused_line_goes_back_once_with_its_reason():
    better = "We mend your <a1>clocks</a1>"
    (suggestion,), model = await run(SAME | {3: "We mend clocks"}, {3: better})

    assert suggestion.text == better
    assert "[3] Its inline tags are not those" in model.prompts[1].user
    assert "[4] p:" not in model.prompts[1].user


async def test_line_refused_twice_keeps_the_original_and_the_page_goes_on():
    bad = "<script>x</script>"
    suggestions, model = await run(SAME | {1: "Repair of clocks", 3: bad}, {3: bad})

    assert [(item.target, item.text) for item in suggestions] == [
        ("title", "Repair of clocks"),
        ("b-1", None),
    ]
    assert suggestions[1].confidence is None
    assert len(model.prompts) == 2


async def test_line_without_an_answer_is_asked_for_again():
    partial = {n: text for n, text in SAME.items() if n != 4}
    suggestions, model = await run(partial, {4: SAME[4]})

    assert suggestions == ()
    assert model.prompts[1].purpose == "repair"


async def test_slipped_numbers_spoil_the_whole_answer():
    shifted = {n + 1: text for n, text in SAME.items()}
    suggestions, model = await run(shifted, SAME)

    assert suggestions == ()
    assert len(model.prompts) == 2


async def test_answer_unusable_twice_is_final():
    with pytest.raises(CompletionError) as caught:
        await run("no JSON", "still none")

    assert caught.value.code == "invalid_output"


async def test_one_text_for_all_lines_is_held():
    text = "We will look at your clock in our workshop."
    suggestions, _ = await run(SAME | {4: text, 5: text})

    assert all("copies" in {verdict.check for verdict in item.verdicts} for item in suggestions)
    assert {item.confidence for item in suggestions} <= {0.5, 0.25}


async def test_head_texts_are_plain_and_block_texts_escaped():
    answer = SAME | {1: "Clock &amp; watch repair", 5: "We mend clocks & watches of every kind and age."}
    title, block = (await run(answer))[0]

    assert title.text == "Clock & watch repair"
    assert block.text == "We mend clocks &amp; watches of every kind and age."


async def test_provider_errors_travel():
    async def fail(prompt):
        raise ProviderError("rate_limited", retry_after=2)

    with pytest.raises(ProviderError):
        await optimize(PAGE, Brief(), "meta", fail)


async def test_title_that_a_sister_page_has_goes_back_once_to_be_told_apart():
    page = replace(PAGE, siblings=(Sibling("u", title="Clocks mended by post in our workshop"),))
    taken, own = "Clocks mended by post in our workshop", "Clocks and watches mended in our own workshop"
    model = Model(SAME | {1: taken}, {1: own})
    (suggestion,) = await optimize(page, Brief(), "full", model)

    assert suggestion.text == own
    assert "[1] Make this differ from its sister pages, such as: Clocks mended" in model.prompts[1].user


async def test_second_call_tells_which_sister_page_has_the_title_however_many_there_are():
    taken, own = "Clocks mended by post in our workshop", "Clocks and watches mended in our own workshop"
    others = tuple(Sibling(f"u{n}", title=f"Bells mended in street {n}") for n in range(20))
    page = replace(PAGE, siblings=(*others, others[0], Sibling("last", title=taken)))
    model = Model(SAME | {1: taken}, {1: own})
    await optimize(page, Brief(), "full", model)

    line = f"sister page's title: {taken}"
    assert [line in prompt.user for prompt in model.prompts] == [False, True]
    assert model.prompts[0].user.count("sister page's title: ") == 6
    assert f"such as: {taken}" in model.prompts[1].user


async def test_title_that_stays_a_sister_s_is_held_for_a_person():
    taken = "Clocks mended by post in our workshop"
    page = replace(PAGE, siblings=(Sibling("u", title=taken),))
    (suggestion,) = await optimize(page, Brief(), "full", Model(SAME | {1: taken}, {1: "<b>x</b>"}))

    assert (suggestion.text, suggestion.confidence < 0.6) == (taken, True)
