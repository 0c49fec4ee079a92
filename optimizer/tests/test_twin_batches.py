import json
import time

import openai
import pytest

from optimizer.twin import Twin


@pytest.fixture
def twin():
    with Twin() as twin:
        twin.behave(batch_seconds=0)
        yield twin


@pytest.fixture
def client(twin):
    client = openai.OpenAI(api_key="sk-test", base_url=twin.base_url, max_retries=0)
    yield client
    client.close()


def line(number, **changes):
    body = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": f"[1] title: Home {number}"}]}
    item = {"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}
    return json.dumps(item | changes)


def start(client, *lines, **metadata):
    file = client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    return client.batches.create(
        input_file_id=file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        metadata=metadata or {"of": "test"},
    )


def lines_of(client, file_id):
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()] if file_id else []


def ended(client, count=20, **metadata):
    job = client.batches.retrieve(start(client, *map(line, range(count)), **metadata).id)
    return job, lines_of(client, job.output_file_id), lines_of(client, job.error_file_id)


def test_batch_is_answered_at_half_the_price(twin, client):
    job, output, errors = ended(client, of="page")

    assert (job.status, job.metadata, errors) == ("completed", {"of": "page"}, [])
    assert {item["custom_id"] for item in output} == {f"r{n}" for n in range(20)}
    assert output[0]["response"]["body"]["choices"][0]["message"]["content"]
    stats = twin.stats()
    assert (stats["batch_paid_calls"], stats["paid_calls"]) == (20, 0)
    assert stats["billed_tokens"] == (stats["batch_input_tokens"] + stats["batch_output_tokens"]) / 2 > 0


def test_answers_come_in_another_order_unless_told(twin, client):
    asked = [f"r{n}" for n in range(20)]

    assert [item["custom_id"] for item in ended(client)[1]] != asked
    twin.behave(batch_shuffled=0)
    assert [item["custom_id"] for item in ended(client)[1]] == asked


def test_batch_takes_its_time_and_tells_how_far_it_is(twin, client):
    twin.behave(batch_seconds=30)
    job = start(client, *map(line, range(20)))

    assert job.status == "validating"
    assert client.batches.retrieve(job.id).status == "in_progress"
    twin.behave(batch_seconds=0)
    assert client.batches.retrieve(job.id).request_counts.completed == 20


@pytest.mark.parametrize(("stop", "code"), [("expired", "batch_expired"), ("cancelled", "batch_cancelled")])
def test_what_was_done_in_time_is_delivered_and_paid(twin, client, stop, code):
    twin.behave(batch_seconds=2)
    job = start(client, *map(line, range(20)))
    time.sleep(0.5)
    if stop == "expired":
        twin.behave(batch_window=0.5)
    else:
        assert client.batches.cancel(job.id).status == "cancelling"
    job = client.batches.retrieve(job.id)
    output, errors = lines_of(client, job.output_file_id), lines_of(client, job.error_file_id)

    assert job.status == stop
    assert 0 < len(output) < 20 == len(output) + len(errors)
    assert {item["error"]["code"] for item in errors} == {code}
    assert twin.stats()["batch_paid_calls"] == len(output)


def test_lines_get_lost_repeated_cut_and_strange_by_the_seed(twin, client):
    twin.behave(batch_missing=0.3)
    _, output, _ = ended(client)
    assert 0 < len(output) < 20
    assert twin.stats()["batch_paid_calls"] == 20

    twin.behave(batch_missing=0, batch_repeated=1, batch_unknown=1)
    _, output, _ = ended(client)
    assert len(output) == 60
    assert len({item["custom_id"] for item in output} - {f"r{n}" for n in range(20)}) == 20

    twin.behave(batch_repeated=0, batch_unknown=0, batch_cut=1)
    with pytest.raises(json.JSONDecodeError):
        ended(client)


def test_failed_requests_stand_in_the_error_file_and_cost_nothing(twin, client):
    twin.behave(batch_errors=0.5)
    job, output, errors = ended(client)

    assert len(errors) == job.request_counts.failed > 0
    assert {item["response"]["status_code"] for item in errors} == {500}
    assert twin.stats()["batch_paid_calls"] == len(output) == 20 - len(errors)


def test_hanging_request_times_out_in_the_error_file(twin, client):
    twin.behave(hang=1.0)

    assert {item["error"]["code"] for item in ended(client)[2]} == {"request_timeout"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["{"], "invalid_json_line"),
        ([line(1), line(1)], "duplicate_custom_id"),
        ([line(1, url="/v1/embeddings")], "invalid_request"),
        ([line(1), line(2).replace("gpt-5-mini", "gpt-5")], "mismatched_model"),
        ([""], "empty_file"),
    ],
)
def test_file_that_is_not_right_fails_as_a_whole_and_costs_nothing(twin, client, lines, code):
    job = client.batches.retrieve(start(client, *lines).id)

    assert (job.status, job.errors.data[0].code) == ("failed", code)
    assert twin.stats()["batch_paid_calls"] == 0


def test_no_more_tokens_wait_than_the_limit_allows(twin, client):
    twin.behave(batch_seconds=30, batch_enqueued_tokens=100)
    first, second = (start(client, *map(line, range(3))) for _ in range(2))

    assert client.batches.retrieve(first.id).status == "in_progress"
    assert client.batches.retrieve(second.id).errors.data[0].code == "token_limit_exceeded"


def test_batch_whose_maker_heard_nothing_can_be_found_again(twin, client):
    twin.behave(batch_reply_lost=1.0)
    with pytest.raises(openai.APIConnectionError):
        start(client, line(1), key="mine")

    assert [job.metadata for job in client.batches.list()] == [{"key": "mine"}]


def test_lists_go_on_behind_the_last_id(twin, client):
    made = [start(client, line(n)).id for n in range(5)]

    assert [job.id for job in client.batches.list(limit=2)] == made[::-1]
    assert len(list(client.files.list(purpose="batch", limit=2))) == 5


def test_deleted_file_is_gone(twin, client):
    file = client.files.create(file=("in.jsonl", b"x" * 20_000_000), purpose="batch")
    assert client.files.retrieve(file.id).bytes == 20_000_000

    client.files.delete(file.id)

    with pytest.raises(openai.NotFoundError):
        client.files.content(file.id)


def test_bad_key_is_turned_down_in_the_batch_lane_too(twin, client):
    twin.behave(key_state="invalid")

    with pytest.raises(openai.AuthenticationError):
        client.batches.list()
