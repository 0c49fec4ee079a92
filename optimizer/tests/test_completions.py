import pytest

from optimizer import Completion, CompletionError, ProviderError, Usage, completions
from optimizer.completions import UnusableAnswerError


def completion(text, finish_reason="stop"):
    return Completion(text, "m", Usage(1, 1), finish_reason, "r")


def test_answer_is_read_by_number():
    answer = completion('{"items":[{"n":2,"text":"b"},{"n":1,"text":"a"}]}')

    assert completions.parse(answer, {1, 2, 3}) == {1: "a", 2: "b"}


def test_answer_in_one_code_fence_is_read():
    assert completions.parse(completion('```json\n{"items":[]}\n```'), {1}) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '{"items":{}}',
        '{"items":[],"more":1}',
        'Sure! {"items":[]}',
        '{"items":[{"n":1}]}',
        '{"items":[{"n":1,"text":"a","x":1}]}',
        '{"items":[{"n":"1","text":"a"}]}',
        '{"items":[{"n":true,"text":"a"}]}',
        '{"items":[{"n":1,"text":null}]}',
        '{"items":[{"n":1,"text":"a"},{"n":1,"text":"b"}]}',
        '{"items":[{"n":9,"text":"a"}]}',
        '{"items":[{"n":1,"text":"\\ud800"}]}',
        "[" * 5000,
    ],
)
def test_anything_but_the_asked_form_is_unusable(text):
    with pytest.raises(UnusableAnswerError):
        completions.parse(completion(text), {1})


def test_cut_answer_is_worth_another_try():
    with pytest.raises(ProviderError) as caught:
        completions.parse(completion('{"items":[{"n"', "length"), {1})

    assert caught.value.code == "cut_answer"


@pytest.mark.parametrize("reason", ["content_filter", "refusal"])
def test_refusal_is_final(reason):
    with pytest.raises(CompletionError) as caught:
        completions.parse(completion("", reason), {1})

    assert caught.value.code == "refused"
