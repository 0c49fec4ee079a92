"""What a page would ask first, all of it at once: for a lane whose answers take hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimizer import memory, prompts, tiers
from optimizer.masks import Mask
from optimizer.types import Brief, PageText, Prompt
from optimizer.weighing import Judged, Scales


def questions(
    page: PageText,
    brief: Brief,
    tier: str,
    remembered: Mapping[str, str] | None = None,
    model: str = "",
    asks: Callable[[str], bool] | None = None,
) -> list[Prompt]:
    """The prompts that `optimize` would begin with.

    Lines whose remembered text may stand are left out; `memory.hashes` says what to look for. `asks` is
    told the key of each line that other pages may hold, and says whether this page is to ask about it.
    """
    lines = tiers.select(page, tier, brief.works_on_shared)
    known: Judged = {}
    keys = memory.keys(page, brief, lines, model)
    if remembered:
        known = Scales(page, brief, lines).recall(keys, remembered, Mask.of(page))
    found = []
    for chunk in prompts.chunks(lines):
        some = [line for line in chunk if line.n not in known and _is_asked(keys[line.n], asks)]
        if some:
            found.append(prompts.build(page, brief, some, chunk=chunk))
    return found


def _is_asked(keys: memory.Keys, asks: Callable[[str], bool] | None) -> bool:
    return asks is None or not keys.is_common or asks(keys.shared)
