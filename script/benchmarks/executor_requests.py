"""The requests that the made pages lead to, without a database."""

from typing import Any

from optimizer import prompts, tiers
from optimizer.types import Brief, PageText, Prompt

PARAGRAPH = (
    "We mend watches, cameras and lamps in our own workshop by the harbour. Send yours by post, we look at "
    "it the day it comes, tell you the price, and start once you agree. Most repairs are done in a week."
)


def extraction(number: int) -> dict[str, Any]:
    """About six kilobytes of text, different for every page."""
    blocks = [
        {"id": f"b-{n:010x}", "type": "p", "content": f"{PARAGRAPH} Page {number}, part {n}."}
        for n in range(24)
    ]
    heading = {"id": "b-aaaaaaaaaa", "type": "h1", "content": f"Repairs by post {number}"}
    return {
        "head": {"title": f"Home {number}", "metaDescription": "", "lang": "en"},
        "above_fold_blocks": [heading, *blocks[:2]],
        "rest_of_page_blocks": blocks[2:],
        "dimensions": {},
    }


def prompts_of(count: int) -> list[Prompt]:
    found = []
    for number in range(count):
        page = PageText.from_extraction(extraction(number), f"https://bench.test/p{number}")
        found += [prompts.build(page, Brief(), lines) for lines in prompts.chunks(tiers.select(page, "meta"))]
    return found[:count]
