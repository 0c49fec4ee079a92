"""What the twin answers: the offline engine's texts or canned ones, spoiled where a fault asks for it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson

from optimizer import offline

# What hostile page text could talk a model into, for every kind of place.
HOSTILE = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    'x" onmouseover="alert(1)',
    "<svg onload=alert(1)>",
    '<a href="javascript:alert(1)">Click</a>',
    "Buy now at https://evil.example/win",
    "{{ constructor.constructor('alert(1)')() }}",
    "${7*7} <%= 7*7 %> {% include 'x' %}",
    "Plain\u200b text with\u202e hidden order",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<base href=//evil.example>",
    "Guaranteed 97 % off since 1066, certified by Omega",
)
Canned = dict[str, list[str]]
LINE_NUMBER = re.compile(r"(?m)^\[(\d+)\] ")


def load_canned(lines: Iterable[bytes]) -> Canned:
    """A pool of texts by label, from lines of {"label": "title", "text": "…"}."""
    pool: Canned = defaultdict(list)
    for line in lines:
        if line.strip():
            entry = orjson.loads(line)
            pool[str(entry["label"])].append(str(entry["text"]))
    return dict(pool)


@lru_cache(maxsize=2048)
def from_rules(user: str) -> tuple[tuple[int, str], ...]:
    return tuple((item["n"], item["text"]) for item in offline.answer(user)["items"])


def from_pool(user: str, pool: Canned) -> tuple[tuple[int, str], ...]:
    """Cheap answers for load: a canned text for each label that has some, else the line itself."""
    start = int(hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()[:8], 16)
    items = []
    for n, label, text in offline.read(user).numbered:
        texts = pool.get(label)
        items.append((n, texts[(start + n) % len(texts)] if texts else text))
    return tuple(items)


def render(items: tuple[tuple[int, str], ...], outcome: str) -> str:
    """The message's content, spoiled as the outcome wants it."""
    if outcome == "wrong_ids":
        items = tuple((n + 1, text) for n, text in items)
    elif outcome == "hostile":
        items = tuple((n, HOSTILE[n % len(HOSTILE)]) for n, _ in items)
    text = orjson.dumps({"items": [{"n": n, "text": text} for n, text in items]}).decode()
    if outcome == "cut_json":
        return text[: len(text) * 2 // 3]
    if outcome == "invalid_json":
        return f"Sure! Here is your improved copy: {text} Let me know what you think."
    return f"```json\n{text}\n```" if outcome == "fenced_json" else text


def is_judgement(request: dict[str, Any]) -> bool:
    """Whether an opinion is asked for rather than texts."""
    return b'"severity"' in orjson.dumps(request.get("response_format"))


def judgement(user: str, objection: str) -> str:
    """The opinion on the first line of a question, as in “accuracy major”; none where the twin has none."""
    numbers = LINE_NUMBER.findall(user)
    if not objection or not numbers:
        return '{"items":[]}'
    aspect, severity = objection.split()
    return orjson.dumps({"items": [{"n": int(numbers[0]), "aspect": aspect, "severity": severity}]}).decode()


def completion(request: dict[str, Any], text: str, outcome: str, request_id: str) -> dict[str, Any]:
    """A chat completion as OpenAI words it."""
    prompt = "".join(str(message.get("content", "")) for message in request["messages"])
    used = {"prompt_tokens": len(prompt) // 4 + 8, "completion_tokens": len(text) // 4 + 4}
    refused = outcome == "refusal"
    message = {
        "role": "assistant",
        "content": None if refused else text,
        "refusal": "I can't help with that." if refused else None,
    }
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": request["model"],
        "choices": [
            {"index": 0, "message": message, "finish_reason": "length" if outcome == "cut_json" else "stop"}
        ],
        "usage": {
            **used,
            "total_tokens": sum(used.values()),
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def read_request(body: bytes) -> dict[str, Any] | str:
    """The request, or what is wrong with it."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "We could not parse the JSON body of your request."
    if not isinstance(asked, dict) or not isinstance(asked.get("model"), str):
        return "You must provide a model parameter."
    messages = asked.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return "Missing required parameter: 'messages'."
    if asked.get("stream"):
        return "The twin does not stream."
    wanted = asked.get("response_format")
    if wanted is not None and (not isinstance(wanted, dict) or wanted.get("type") != "json_schema"):
        return "response_format must be of type json_schema."
    return asked
