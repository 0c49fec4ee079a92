"""Read a model's answer strictly: what is not exactly what was asked for is not an answer."""

from __future__ import annotations

import re
from collections.abc import Collection

import orjson

from optimizer.errors import CompletionError, ProviderError
from optimizer.types import Completion

# Some compatible servers wrap the whole answer in one code fence; prose around it stays an error.
FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
LARGEST_ANSWER = 2_000_000


STRANGE_NUMBER = "The answer held a line number twice, or one that was not asked for."


class UnusableAnswerError(ValueError):
    """The answer as a whole cannot be trusted; its message tells the model why."""


def parse(completion: Completion, asked: Collection[int], chunk: Collection[int] = ()) -> dict[int, str]:
    """The answered lines by number; lines without an answer are missing from it.

    `chunk` holds all lines of the question. An answer from the journal may hold some that are not asked for
    any more; they are passed over, as long as everything that is asked for has its answer.
    """
    answers: dict[int, str] = {}
    for item in items_of(completion):
        if not isinstance(item, dict) or set(item) != {"n", "text"}:
            raise UnusableAnswerError("An item was not of the form {n, text}.")
        n, text = item["n"], item["text"]
        if type(n) is not int or not isinstance(text, str):
            raise UnusableAnswerError("An item had a number or a text of the wrong type.")
        # One wrong number means that the others may have slipped as well.
        if (n not in asked and n not in chunk) or n in answers:
            raise UnusableAnswerError(STRANGE_NUMBER)
        answers[n] = text
    if not answers.keys() <= set(asked) and not set(asked) <= answers.keys():
        raise UnusableAnswerError(STRANGE_NUMBER)
    return {n: text for n, text in answers.items() if n in asked}


def items_of(completion: Completion) -> list[object]:
    """The items of an answer that is whole and of the agreed form."""
    if completion.finish_reason == "length":
        raise ProviderError("cut_answer", message="The answer was cut off before its end.")
    if completion.finish_reason in ("content_filter", "refusal"):
        raise CompletionError("refused", "The model refused to work on this page.")
    return _items(completion.text)


def _items(text: str) -> list[object]:
    if len(text) > LARGEST_ANSWER:
        raise UnusableAnswerError("The answer was far too long.")
    fenced = FENCED.match(text)
    try:
        answer = orjson.loads(fenced.group(1) if fenced else text)
    except orjson.JSONDecodeError as error:
        raise UnusableAnswerError("The answer was not JSON.") from error
    if not isinstance(answer, dict) or set(answer) != {"items"} or not isinstance(answer["items"], list):
        raise UnusableAnswerError('The answer was not of the form {"items": […]}.')
    return answer["items"]
