"""A second opinion: asked for only where it is wanted, read strictly, and never a reason to lose a page."""

import json
from dataclasses import replace

import pytest

from optimizer import Block, Brief, Completion, CompletionError, PageText, Usage, judging, optimize
from optimizer.completions import UnusableAnswerError
from optimizer.offline import OfflineProvider

PAGE = PageText(
    "https://mend.example/leeds",
    {"title": "Repairs", "metaDescription": ""},
    (
        Block("b-1", "h1", "Rolex watch repair in Leeds", above_fold=True),
        Block("b-2", "p", "We look at your watch the day it arrives, and most jobs leave within a week."),
    ),
    {"brand": "rolex", "location": "leeds"},
    "en",
)
WANTED = Brief(judges=True)


def answering(opinion, finish="stop"):
    """The offline engine's texts, and this opinion on them; the prompts for it are kept."""
    prompts = []

    async def complete(prompt):
        if prompt.purpose != judging.PURPOSE:
            return await OfflineProvider().complete(prompt)
        prompts.append(prompt)
        if isinstance(opinion, Exception):
            raise opinion
        text = opinion if isinstance(opinion, str) else json.dumps({"items": opinion})
        return Completion(text, "m", Usage(1, 1), finish, "r")

    complete.prompts = prompts
    return complete


async def title_of(complete, brief=WANTED):
    return next(s for s in await optimize(PAGE, brief, "meta", complete) if s.target == "title")


async def test_nobody_is_asked_where_no_opinion_is_wanted():
    complete = answering([])

    await optimize(PAGE, Brief(), "meta", complete)

    assert not complete.prompts


async def test_old_and_new_texts_stand_side_by_side_as_data():
    complete = answering([])

    title = await title_of(complete)

    (prompt,) = complete.prompts
    assert "[1] title was: Repairs" in prompt.user
    assert f"[1] title now: {title.text}" in prompt.user
    assert prompt.user.index("<<<PAGE-") < prompt.user.index("[1] title was")
    assert title.confidence == 1.0


@pytest.mark.parametrize(
    ("severity", "level", "check", "confidence"),
    [("minor", "note", "judge", 0.9), ("major", "hold", "judge", 0.5), ("critical", "hold", "critical", 0.1)],
)
@pytest.mark.parametrize("aspect", judging.ASPECTS)
async def test_fault_is_a_verdict_and_feeds_the_confidence(aspect, severity, level, check, confidence):
    title = await title_of(answering([{"n": 1, "aspect": aspect, "severity": severity}]))

    (verdict,) = title.verdicts
    assert (verdict.check, verdict.level, title.confidence) == (check, level, confidence)
    assert aspect in verdict.message
    assert title.text


FAULT = {"n": 1, "aspect": "style", "severity": "minor"}


@pytest.mark.parametrize(
    "opinion",
    [
        "The texts are fine.",
        [FAULT | {"n": 99}],
        [FAULT | {"aspect": "<script>alert(1)</script>"}],
        [FAULT | {"severity": "huge"}],
        [FAULT | {"reason": "https://evil.example"}],
        CompletionError("refused", "No."),
    ],
)
async def test_opinion_that_is_none_is_noted_and_nothing_of_it_is_kept(opinion):
    title = await title_of(answering(opinion))

    assert title.verdicts == (judging.SILENT,)
    assert title.text


def test_answer_is_read_strictly():
    answer = Completion(json.dumps({"items": [FAULT]}), "m", Usage(1, 1), "stop", "r")

    assert list(judging.parse(answer, {1})) == [1]
    with pytest.raises(UnusableAnswerError):
        judging.parse(answer, {2})
    with pytest.raises(CompletionError):
        judging.parse(replace(answer, finish_reason="refusal"), {1})


async def test_offline_engine_has_no_second_opinion_and_objects_to_nothing():
    title = await title_of(OfflineProvider().complete)

    assert title.confidence == 1.0
