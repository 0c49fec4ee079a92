"""The product's requests as plain bodies, for peers that run without the product's packages."""

import json
import time
import urllib.request
from typing import Any

PARAGRAPH = (
    "We mend watches, cameras and lamps in our own workshop by the harbour. Send yours by post, we look at "
    "it the day it comes, tell you the price, and start once you agree. Most repairs are done in a week."
)
SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer"}, "text": {"type": "string"}},
                "required": ["n", "text"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}


def bodies(count: int) -> list[dict[str, Any]]:
    """As long as the product's, and different for every page."""
    found = []
    for number in range(count):
        context = "\n".join(f"[-] p: {PARAGRAPH} Page {number}, part {n}." for n in range(10))
        messages = [
            {"role": "system", "content": "You improve the copy of one web page. " * 40},
            {"role": "user", "content": f"{context}\n[1] title: Home {number}\n[2] description:"},
        ]
        shape = {"name": "lines", "strict": True, "schema": SCHEMA}
        found.append({
            "model": "gpt-5-mini",
            "messages": messages,
            "response_format": {"type": "json_schema", "json_schema": shape},
            "max_completion_tokens": 1300,
        })  # fmt: skip
    return found


def wait_for_calls(url: str, count: int) -> None:
    """Until the twin has answered this many."""
    door = url.removesuffix("/v1") + "/twin/stats"
    while True:
        with urllib.request.urlopen(door) as answer:
            if json.load(answer)["paid_calls"] >= count:
                return
        time.sleep(0.05)
