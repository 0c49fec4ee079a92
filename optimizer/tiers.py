"""Which lines of a page a tier works on."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import UnknownTierError
from optimizer.inline import escape
from optimizer.types import DESCRIPTION, TITLE, Block, Kind, PageText

TIERS = ("meta", "above-fold", "full")
# Shared by many pages of a site: worked on only where the memory keeps them equal.
SHARED_REGIONS = frozenset({"nav", "footer", "aside"})
LABELS = {TITLE: "title", DESCRIPTION: "description"}


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered line of a prompt; `shown` is the text as the model reads it."""

    n: int
    target: str
    kind: Kind
    label: str
    original: str
    shown: str


def select(page: PageText, tier: str, with_shared: bool = False) -> tuple[Line, ...]:
    """The lines to work on, numbered from 1 in reading order: title, description, then blocks."""
    if tier not in TIERS:
        raise UnknownTierError(f"Unknown tier “{tier}”: choose one of {', '.join(TIERS)}.")
    lines = [_head_line(page, n, target) for n, target in enumerate((TITLE, DESCRIPTION), start=1)]
    chosen = [block for block in page.blocks if is_in_tier(block, tier, with_shared)]
    return (*lines, *(_block_line(n, block) for n, block in enumerate(chosen, start=3)))


def is_in_tier(block: Block, tier: str, with_shared: bool = False) -> bool:
    if tier == "meta" or not block.content.strip():
        return False
    if block.region in SHARED_REGIONS:
        return with_shared and tier == "full"
    return tier == "full" or block.above_fold


def label(block: Block) -> str:
    # A tag's `title` attribute is not the page's title, whose label is `title`.
    return "tooltip" if block.attr == "title" else block.attr or block.type


def _head_line(page: PageText, n: int, target: str) -> Line:
    original = page.head.get(target) or ""
    return Line(n, target, "head", LABELS[target], original, escape(original))


def _block_line(n: int, block: Block) -> Line:
    return Line(n, block.id, "block", label(block), block.content, block.content)
