"""What a page would ask first, all of it at once: for a lane whose answers take hours."""

from __future__ import annotations

from collections.abc import Mapping

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
    deciding: set[str] | None = None,
) -> list[Prompt]:
    """The prompts that `optimize` would begin with.

    Lines whose remembered text may stand are left out; `memory.hashes` says what to look for. So are those
    that an earlier page asks about: their keys are in `deciding`, which hears of what this page asks.
    """
    lines = tiers.select(page, tier, brief.works_on_shared)
    known: Judged = {}
    keys = memory.keys(page, brief, lines, model)
    if remembered:
        known = Scales(page, brief, lines).recall(keys, remembered, Mask.of(page))
    found = []
    for chunk in prompts.chunks(lines):
        some = [line for line in chunk if line.n not in known and _is_first(keys[line.n], deciding)]
        if some:
            found.append(prompts.build(page, brief, some, chunk=chunk))
    return found


def _is_first(keys: memory.Keys, deciding: set[str] | None) -> bool:
    """Whether nobody asks about this line yet; from now on somebody does."""
    if deciding is None or not keys.is_common:
        return True
    if keys.shared in deciding:
        return False
    deciding.add(keys.shared)
    return True
