"""Calls and input tokens for a whole site, against two other ways of asking for the same lines.

naive: one call a block, nothing remembered. sketch: the whole page in one call, and a second, uncoordinated
one for title and description. Ours: what the pipeline really asks, one page after another.
"""

import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optimizer_pages

from optimizer import Brief, Completion, PageText, Prompt, optimize, prompts, tiers
from optimizer.memory import PageMemory
from optimizer.offline import OfflineProvider

# The made site's project works on everything once, and lets pages of a family share a text.
BRIEF = Brief(company="Repairs by Post", works_on_shared=True, shares_masked=True)
TIER = "full"


def tokens(prompt: Prompt) -> int:
    """Four bytes a token, as everywhere."""
    return (len(prompt.system.encode()) + len(prompt.user.encode())) // 4


@dataclass
class Bill:
    calls: int = 0
    tokens: int = 0

    def add(self, prompt: Prompt) -> None:
        self.calls += 1
        self.tokens += tokens(prompt)


class Shelf:
    """The memory of one run in one process."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def recall(self, hashes: Collection[str]) -> Mapping[str, str]:
        return {key: self.texts[key] for key in hashes if key in self.texts}

    def reserve(self, key: str) -> None:
        return None

    def settle(self, key: str, text: str | None) -> None:
        pass


def ours(pages: Sequence[PageText], brief: Brief) -> Bill:
    bill, shelf, provider = Bill(), Shelf(), OfflineProvider()

    async def complete(prompt: Prompt) -> Completion:
        bill.add(prompt)
        return await provider.complete(prompt)

    async def work() -> None:
        for page in pages:
            memory = PageMemory(shelf, "model")
            await optimize(page, brief, TIER, complete, memory)
            shelf.texts |= memory.learned

    asyncio.run(work())
    return bill


def naive(pages: Sequence[PageText], brief: Brief) -> Bill:
    """One call a block, each with the instructions and its own line only."""
    bill = Bill()
    for page in pages:
        for line in tiers.select(page, TIER, brief.works_on_shared):
            alone = PageText(page.url, {}, (), page.dimensions, page.language)
            bill.add(prompts.build(alone, brief, [line]))
    return bill


def sketch(pages: Sequence[PageText], brief: Brief) -> Bill:
    bill = Bill()
    for page in pages:
        lines = tiers.select(page, TIER, brief.works_on_shared)
        for some in (lines[:2], lines[2:]):
            alone = PageText(page.url, {}, (), page.dimensions, page.language)
            if some:
                bill.add(prompts.build(alone, brief, some))
    return bill


def compare(name: str, pages: Sequence[PageText], brief: Brief) -> tuple[Bill, Bill, Bill]:
    found = ours(pages, brief), naive(pages, brief), sketch(pages, brief)
    for way, bill in zip(("ours", "naive", "sketch"), found, strict=True):
        print(f"  {name}, {way}: {bill.calls:,} calls, {bill.tokens:,} input tokens", flush=True)
    return found


def figures(is_quick: bool) -> dict[str, Any]:
    made = optimizer_pages.made(100 if is_quick else 1000)
    mine, naive_way, sketch_way = compare(f"made site of {len(made)}", made, BRIEF)
    exact, _, _ = compare("made site without masks", made, Brief(company="Repairs by Post"))
    theme = max(optimizer_pages.themes().values(), key=len)[: 10 if is_quick else 100]
    real, real_naive, real_sketch = compare(f"theme of {len(theme)}", theme, Brief(works_on_shared=True))
    print(f"  exact reuse only: {exact.tokens / naive_way.tokens:.3f} of naive", file=sys.stdout)
    return {
        "token_ratio": round(mine.tokens / naive_way.tokens, 4),
        "call_ratio": round(mine.calls / naive_way.calls, 4),
        "token_ratio_sketch": round(mine.tokens / sketch_way.tokens, 4),
        "token_ratio_theme": round(real.tokens / real_naive.tokens, 4),
        "token_ratio_theme_sketch": round(real.tokens / real_sketch.tokens, 4),
    }
