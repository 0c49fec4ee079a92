import asyncio
import json
import subprocess
import sys
import time
import urllib.request

import aiohttp
import pytest

from optimizer import (
    Block,
    Brief,
    CompletionError,
    PageText,
    ProviderBlockedError,
    ProviderError,
    optimize,
    prompts,
    tiers,
)
from optimizer.offline import OfflineProvider
from optimizer.provider import OpenAIProvider
from optimizer.twin import Behaviour, Twin

PAGE = PageText(
    "https://mend.example/",
    {"title": "Home", "metaDescription": ""},
    (
        Block("b-1", "h1", "WATCH REPAIR"),
        Block("b-2", "p", "We mend watches of all kinds in our own workshop."),
    ),
    {"location": "leeds"},
    "en",
)
PROMPT = prompts.build(PAGE, Brief(), tiers.select(PAGE, "meta"))


@pytest.fixture
async def twin():
    async with Twin() as twin:
        yield twin


@pytest.fixture
async def provider(twin):
    provider = OpenAIProvider("sk-test", twin.base_url, window=300, timeout_s=1)
    yield provider
    await provider.aclose()


async def test_openai_provider_gets_what_the_offline_engine_says(twin, provider):
    online = await optimize(PAGE, Brief(), "full", provider.complete)

    assert online == await optimize(PAGE, Brief(), "full", OfflineProvider().complete)
    assert twin.stats()["paid_calls"] == 1


async def test_usage_model_and_limits_are_reported(twin, provider):
    completion = await provider.complete(PROMPT)

    assert completion.model == "gpt-5-mini"
    assert completion.request_id.startswith("req_")
    assert completion.usage.input_tokens == twin.stats()["input_tokens"] > 0
    assert provider.rate_limit.remaining_requests is not None


@pytest.mark.parametrize(
    ("fault", "code", "retry_after"),
    [
        ("rate_limited", "rate_limited", 2.0),
        ("silent_rate_limited", "rate_limited", None),
        ("server_error", "provider_error", None),
        ("reset", "connection", None),
        ("cut_body", "connection", None),
        ("hang", "timeout", None),
        ("cut_json", "cut_answer", None),
    ],
)
async def test_passing_fault_is_worth_another_try(twin, provider, fault, code, retry_after):
    twin.behave(**{fault: 1.0})

    with pytest.raises(ProviderError) as caught:
        await optimize(PAGE, Brief(), "meta", provider.complete)
    assert (caught.value.code, caught.value.retry_after) == (code, retry_after)
    assert twin.stats()["calls"] == 1


@pytest.mark.parametrize(("state", "code"), [("invalid", "provider_auth"), ("no_quota", "provider_quota")])
async def test_key_without_credit_blocks_the_provider(twin, provider, state, code):
    twin.behave(key_state=state)

    with pytest.raises(ProviderBlockedError) as caught:
        await provider.complete(PROMPT)
    assert caught.value.code == code
    assert twin.stats()["paid_calls"] == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [("refusal", "refused"), ("invalid_json", "invalid_output"), ("wrong_ids", "invalid_output")],
)
async def test_useless_answer_is_final(twin, provider, fault, code):
    twin.behave(**{fault: 1.0})

    with pytest.raises(CompletionError) as caught:
        await optimize(PAGE, Brief(), "meta", provider.complete)
    assert caught.value.code == code


async def test_fenced_answer_is_understood(twin, provider):
    twin.behave(fenced_json=1.0)

    assert await optimize(PAGE, Brief(), "meta", provider.complete)


async def test_hostile_answers_are_withheld(twin, provider):
    twin.behave(hostile=1.0)
    suggestions = await optimize(PAGE, Brief(), "full", provider.complete)

    assert len(suggestions) == 4
    assert all(item.text is None for item in suggestions)


async def test_slow_answer_meets_the_deadline(twin, provider):
    twin.behave(latency=30.0)
    started = time.monotonic()

    with pytest.raises(ProviderError, match="in time"):
        await provider.complete(PROMPT)
    assert time.monotonic() - started < 3


async def test_two_hundred_calls_are_open_together(twin):
    twin.behave(latency=2.0)
    provider = OpenAIProvider("sk-test", twin.base_url, window=200, timeout_s=60)
    await asyncio.gather(*(provider.complete(PROMPT) for _ in range(200)))
    await provider.aclose()

    assert twin.stats()["peak_in_flight"] == 200


async def test_announced_limit_is_enforced(twin):
    twin.behave(requests_per_minute=60)
    provider = OpenAIProvider("sk-test", twin.base_url)
    results = await asyncio.gather(*(provider.complete(PROMPT) for _ in range(5)), return_exceptions=True)
    await provider.aclose()

    assert sum(isinstance(result, ProviderError) for result in results) == 4


def test_outcome_depends_on_seed_request_and_attempt_only():
    behaviour = Behaviour(seed=7, latency_kind="lognormal", rate_limited=0.3, reset=0.3)
    drawn = [behaviour.draw("body", attempt) for attempt in range(50)]

    assert drawn == [behaviour.draw("body", attempt) for attempt in range(50)]
    assert {outcome for outcome, _ in drawn} == {"ok", "rate_limited", "reset"}
    assert drawn != [behaviour.changed({"seed": 8}).draw("body", attempt) for attempt in range(50)]


@pytest.mark.parametrize("wanted", [{"hang": 2}, {"odd": 1}, {"seed": "x"}, {"hang": 0.6, "reset": 0.6}])
def test_impossible_behaviour_is_refused(wanted):
    with pytest.raises(ValueError):
        Behaviour().changed(wanted)


async def test_behaviour_changes_over_http(twin):
    root = twin.base_url.removesuffix("/v1")
    async with aiohttp.ClientSession() as session:
        good = await session.post(f"{root}/twin/behave", json={"hostile": 0.5})
        bad = await session.post(f"{root}/twin/behave", json={"nonsense": 1})
        models = await (await session.get(f"{root}/v1/models")).json()

    assert (good.status, bad.status) == (200, 400)
    assert twin.behaviour.hostile == 0.5
    assert "gpt-5-mini" in {model["id"] for model in models["data"]}


def test_canned_pool_answers_by_label_in_a_thread():
    pool = {"title": ["Canned title"]}
    with Twin(canned=pool) as twin:
        body = {"model": "m", "messages": [{"role": "user", "content": PROMPT.user}]}
        request = urllib.request.Request(f"{twin.base_url}/chat/completions", json.dumps(body).encode())
        with urllib.request.urlopen(request) as response:
            content = json.load(response)["choices"][0]["message"]["content"]

    assert json.loads(content)["items"] == [{"n": 1, "text": "Canned title"}, {"n": 2, "text": ""}]


def test_command_prints_its_base_url_and_ends_on_sigterm():
    command = [sys.executable, "-m", "optimizer.twin", "--latency", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline().strip()
        with urllib.request.urlopen(line + "/models") as response:
            status = response.status
        process.terminate()

        assert process.wait(10) == 0
    assert line.startswith("http://127.0.0.1:")
    assert status == 200
