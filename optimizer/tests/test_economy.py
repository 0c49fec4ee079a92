import json

import pytest

from optimizer import (
    Brief,
    CompletionError,
    PageText,
    ProviderBlockedError,
    ProviderError,
    economy,
    prompts,
    tiers,
)
from optimizer.asking import questions
from optimizer.economy import Economy, Line
from optimizer.pipeline import optimize
from optimizer.twin import Twin
from optimizer.types import Block

PAGE = PageText(
    "https://mend.example/",
    {"title": "Home", "metaDescription": ""},
    tuple(Block(f"b-{n}", "p", f"We mend watches of all kinds, number {n}.") for n in range(90)),
    {},
    "en",
)
PROMPT = prompts.build(PAGE, Brief(), tiers.select(PAGE, "meta"))


@pytest.fixture
def twin():
    with Twin() as twin:
        twin.behave(batch_seconds=0)
        yield twin


@pytest.fixture
def lane(twin):
    lane = Economy("sk-test", twin.base_url, timeout_s=5)
    yield lane
    lane.close()


def submit(lane, tmp_path, count=3, key="mine"):
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(lane.write_line(f"r{n}", PROMPT, "gpt-5-mini") for n in range(count)))
    return lane.create(lane.upload(path, path.name, 5), key)


def test_answers_come_back_by_their_custom_id_at_half_price(lane, tmp_path):
    job = lane.retrieve(submit(lane, tmp_path).id)
    lines = list(lane.lines(job.output_file_id))

    assert (job.status, job.key, job.is_over) == ("completed", "mine", True)
    assert {line.custom_id for line in lines} == {"r0", "r1", "r2"}
    assert all(line.completion.is_half_price and line.completion.text for line in lines)
    assert all(line.completion.request_id for line in lines)


def test_job_is_found_by_its_key_and_by_no_other(lane, tmp_path):
    made = submit(lane, tmp_path, key="mine")
    submit(lane, tmp_path, key="another's")

    assert [job.id for job in lane.find("mine")] == [made.id]
    assert lane.find("nobody's") == []


def test_failures_have_the_classes_of_the_live_lane(lane, twin, tmp_path):
    with pytest.raises(CompletionError):
        lane.retrieve("batch_unknown")
    with pytest.raises(CompletionError):
        list(lane.lines("file-unknown"))
    twin.behave(key_state="invalid")
    with pytest.raises(ProviderBlockedError):
        lane.find("mine")
    twin.behave(key_state="ok", batch_reply_lost=1.0)
    with pytest.raises(ProviderError):
        submit(lane, tmp_path)


def answer(**changes):
    body = {"model": "m", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    return {"custom_id": "r1", "response": {"status_code": 200, "body": body}, "error": None} | changes


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (answer(response=None, error={"code": "batch_expired"}), Line("r1", error_code="batch_expired")),
        (answer(response=None, error=None), Line("r1", error_code="no_answer")),
        (answer(response={"status_code": 500, "body": {}}), Line("r1", error_code="provider_error")),
        (answer(response={"status_code": 200}), Line("r1", error_code="cut_answer", is_damaged=True)),
        (answer(custom_id=7), None),
        ({"custom_id": "r1", "response": 3}, None),
        (["r1"], None),
    ],
)
def test_line_without_a_good_answer_says_why(item, line):
    assert economy.read_line(json.dumps(item).encode()) == line


def test_line_that_is_no_json_can_not_be_told_from_others():
    assert economy.read_line(b'{"custom_id": "r1", "resp') is None


def test_endless_line_is_given_up(lane, twin, monkeypatch):
    monkeypatch.setattr(economy, "LONGEST_LINE", 1000)
    file = twin.files.add("out.jsonl", "batch_output", b"x" * 300_000)

    with pytest.raises(ProviderError, match="endless"):
        list(lane.lines(file.id))


async def test_questions_are_what_optimize_asks_first():
    asked = []

    async def complete(prompt):
        asked.append(prompt)
        items = [{"n": line.n, "text": line.shown} for line in tiers.select(PAGE, "full")]
        mine = [item for item in items if f"[{item['n']}] " in prompt.user]
        return economy.Completion(json.dumps({"items": mine}), "m", None, "stop", "r")

    await optimize(PAGE, Brief(), "full", complete)

    assert len(asked) > 1
    assert asked == questions(PAGE, Brief(), "full")
