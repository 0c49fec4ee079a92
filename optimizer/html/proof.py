"""The proof that a page was changed as wanted and in nothing else: both versions are read, and compared."""

from collections import Counter
from collections.abc import Mapping, Sequence

from optimizer.html.blocks import Block
from optimizer.html.jsonld import JsonLd
from optimizer.html.page import Page

# What a head field that the page did not have adds to its tags.
INSERTED: dict[str, list[tuple[str, ...]]] = {
    "title": [("start", "title"), ("end", "title")],
    "metaDescription": [("start", "meta", "name", "content")],
}


def is_proved(
    before: Page,
    after: Page,
    wanted: Mapping[str, str],
    head_wanted: Mapping[str, str],
    inserted: Sequence[str],
) -> bool:
    """Whether the new page shows what was wanted and, besides, all that the old one showed.

    `wanted` is content by block id, `head_wanted` text by head field, `inserted` the fields it did not have.
    """
    tags = _skeleton(before)
    for name in inserted:
        tags.update(INSERTED[name])
    for lacking in [block.lacking for block in before.blocks if block.lacking and block.id in wanted]:
        tags.subtract([lacking])
        tags.update([(*lacking[:2], "alt", *lacking[2:])])
    return (
        _is_read_alike(before, after)
        and _are_texts_proved(before.blocks, after.blocks, wanted)
        and after.head.values() == before.head.values() | dict(head_wanted)
        and _is_json_ld_proved(before.json_ld, after.json_ld, wanted)
        and tags == _skeleton(after)
    )


def _is_read_alike(before: Page, after: Page) -> bool:
    """Whether the bytes still mean the same text."""
    if after.source.data.isascii():
        # What made the encoding a guess may be gone, and with it the guess: ASCII is read alike in all.
        return set(before.warnings) - {"encoding_conflict"} == set(after.warnings)
    return after.source.encoding == before.source.encoding and after.warnings == before.warnings


def _are_texts_proved(before: Sequence[Block], after: Sequence[Block], wanted: Mapping[str, str]) -> bool:
    old, new = _texts(before, wanted), _texts(after, {})
    # Swapped tags take their attributes with them, so only texts keep their order.
    is_in_order = [pair for pair in old if not pair[0]] == [pair for pair in new if not pair[0]]
    return is_in_order and Counter(old) == Counter(new)


def _is_json_ld_proved(before: JsonLd, after: JsonLd, wanted: Mapping[str, str]) -> bool:
    """Whether the scripts say what was wanted, and are as before around it."""
    is_wanted = Counter(_texts(before.blocks, wanted)) == Counter(_texts(after.blocks, {}))
    return is_wanted and Counter(before.rest) == Counter(after.rest)


def _texts(blocks: Sequence[Block], wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(block.attr, wanted.get(block.id, block.content)) for block in blocks]


def _skeleton(page: Page) -> Counter[tuple[str, ...]]:
    """All but the text: every tag with the names of its attributes, and every comment."""
    found: Counter[tuple[str, ...]] = Counter([tag.shape for tag in page.marks])
    found.update({(kind,): count for kind, count in page.comments.items()})
    return found
