"""Names for the texts of a previewed page, so that its frame can be sent to one of them and outline it."""

from collections.abc import Sequence

from optimizer.html import Page
from optimizer.html.chars import lower

PREFIX = "at-"
# An element that no style of a page knows, which is why wrapping a text in it changes nothing else.
WRAP = "nimbus-text"
STYLE = (
    ":target{outline:3px solid #2f5ecb;outline-offset:4px;border-radius:2px;scroll-margin:35vh}"
    "@media print{:target{outline:0}}"
)
# Text in these takes no element.
PLAIN = {"option", "textarea", "title"}


def name(target: str) -> str:
    """The fragment of the frame's address that leads to this block."""
    return f"{PREFIX}{target}" if target.startswith("b-") else ""


def named(after: Page, ids: Sequence[str]) -> str:
    """The page with every block named; `ids` are those that its blocks had before they were changed.

    Edits neither add, drop nor move a block, so the nth is still the nth.
    """
    source, units = after.source, lower(after.source.units)
    # Edges of equal position are written in this order: ends before starts.
    edges: list[tuple[int, int, str]] = []
    for block, block_id in zip(after.blocks, ids, strict=False):
        mark = f'id="{PREFIX}{block_id}"'
        if block.attr:
            # A "<" in an earlier value of the tag is no beginning.
            start = units.rfind(f"<{block.type}", 0, block.start)
            edges.append((start + 1 + len(block.type), 2, f" {mark}"))
        elif block.type not in PLAIN:
            edges += [(block.start, 1, f"<{WRAP} {mark}>"), (block.end, 0, f"</{WRAP}>")]
    out, last = [], 0
    for at, _, text in sorted(edges, key=lambda edge: edge[:2]):
        out += [source.slice(last, at), source.encode(text)]
        last = at
    out.append(source.slice(last, len(source.units)))
    return decoded(b"".join(out), source.encoding)


def decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
