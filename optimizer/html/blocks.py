"""Blocks: the pieces of text a page offers, and the names that find them again."""

import hashlib
from dataclasses import dataclass, field

from optimizer.html.regions import Container
from optimizer.html.runs import Item
from optimizer.html.source import Source

FOLD_CHARS = 700
HERO_LINE_CHARS = 60
BELOW = ("nav", "aside", "footer")


@dataclass(slots=True)
class Block:
    """A run of text, or the attribute `attr` of one tag (then `quote` is how the page quotes it)."""

    type: str
    content: str
    start: int
    end: int
    region: str
    attr: str = ""
    quote: str | None = None
    # The shape of the tag that lacks this attribute; empty where it is there.
    lacking: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    # The element around it.
    place: Container = field(default_factory=Container)
    is_hero: bool = False
    id: str = ""
    key: str = ""
    above_fold: bool = False


def key_of(attr: str, content: str) -> str:
    # A lone surrogate can't be in content: such text is never offered nor accepted.
    return hashlib.sha256(f"{attr}\0{content}".encode()).hexdigest()[:16]


def identify(blocks: list[Block]) -> None:
    """Give every block its id: the hash of its content, and a number for the nth equal one."""
    seen: dict[str, int] = {}
    for block in blocks:
        block.key = key_of(block.attr, block.content)
        name = f"b-{block.key[:10]}"
        seen[name] = seen.get(name, 0) + 1
        block.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def mark_fold(blocks: list[Block]) -> None:
    """Guess what is seen without scrolling: the page's own mark, else the measured rule of 700 characters."""
    if any(block.is_hero for block in blocks):
        for block in blocks:
            block.above_fold = block.is_hero
        return
    texts = [block for block in blocks if block.region not in BELOW]
    begin = next((i for i, b in enumerate(texts) if b.region == "main" or b.type == "h1"), 0)
    taken = 0
    for block in texts[begin:]:
        if taken >= FOLD_CHARS or (block.type == "h2" and taken >= HERO_LINE_CHARS):
            return
        block.above_fold = True
        if not block.attr:
            taken += len(block.content)


def export(block: Block, source: Source) -> dict[str, object]:
    """A block as the wire carries it."""
    record: dict[str, object] = {"id": block.id, "type": block.type, "content": block.content}
    if block.attributes:
        record["attributes"] = block.attributes
    return record | {
        "region": block.region,
        "span": [block.start * source.width, block.end * source.width],
        "key": block.key,
        "hash": hashlib.sha256(source.slice(block.start, block.end)).hexdigest()[:16],
        "above_fold": block.above_fold,
    }
