"""One page a line in, what the Python engine makes of it out; html_worker.mjs is the same in JavaScript."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.html import Page, Refuse, apply
from optimizer.html.blocks import Block
from optimizer.html.inline import parse
from optimizer.html.patcher import Patcher
from optimizer.html.tags import LACKING
from script.benchmarks.html_judge import digest, outside, skeleton

# Quotes, references, emoji, non-Latin, and what looks like markup.
HARD = "Neu “Straße” &amp; Ω 😀 日本 1 &lt; 2 &lt;/p&gt; &amp;amp; \"' "
HEAD = {"title": "Größe & <b> “Ω” 日本 😀", "metaDescription": "Ein \"neuer\" 'Text' & <mehr> 😀"}


def offered(page: Page) -> list[Block]:
    return [*page.blocks, *page.json_ld.blocks]


def hard_changes(page: Page) -> dict[str, str]:
    """Every third block, rewritten."""
    return {block.id: HARD + block.content for block in offered(page)[::3]}


def identity(page: Page) -> bytes:
    """The page with every block built anew from its own content."""
    patcher = Patcher(page.source)
    for block in sorted(offered(page), key=lambda block: not block.attr):
        items = parse(block.content)
        assert items is not None
        patcher.replace_block(block, items)
    return patcher.result()


MARGINS = {"": (1, 1), LACKING: (len(' alt="'), 1)}


def is_kept_beside(page: Page, output: bytes, report: dict[str, str]) -> bool:
    """Whether every byte beside the texts that were written is as it was."""
    new, width = Page(output), page.source.width
    if len(offered(page)) != len(offered(new)):
        return False
    written = {name for name, status in report.items() if status == "applied"}
    pairs: list[tuple[Any, Any]] = [
        (one, other) for one, other in zip(offered(page), offered(new), strict=True) if one.id in written
    ]
    pairs += [(field, new.head.fields[name]) for name, field in page.head.fields.items() if name in written]
    # Values without quotes are given some, and a text that was lacking its attribute's name as well.
    more = [MARGINS.get(old.quote, (0, 0)) for old, _ in pairs]
    before = outside(page.source.data, [(old.start * width, old.end * width) for old, _ in pairs])
    after = outside(
        output,
        [((n.start - a) * width, (n.end + z) * width) for (_, n), (a, z) in zip(pairs, more, strict=True)],
    )
    return is_one_insertion(before, after) if "inserted" in report.values() else before == after


def is_one_insertion(before: bytes, after: bytes) -> bool:
    """Whether one piece was put in; which one, the skeletons tell."""
    start = common(before, after)
    end = common(before[::-1], after[::-1])
    return start + end >= len(before) < len(after)


def common(one: bytes, other: bytes) -> int:
    """The length of the common prefix."""
    differing = (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def judge(data: bytes, name: str) -> dict[str, Any]:
    try:
        page = Page(data)
    except Refuse as refusal:
        return {"page": name, "refused": refusal.reason}
    changes = hard_changes(page)
    output, report = apply(data, changes, HEAD)
    encoding = page.source.encoding
    # A page without a head has no place for a missing field.
    wanted = ("applied", "inserted", "missing")
    unwritten = [
        name for name, status in report.items() if status not in wanted[: 1 if name in changes else 3]
    ]
    return {
        "page": name,
        "blocks": len(offered(page)),
        "changed": len(changes),
        "identity": identity(page) == data,
        "failures": len(unwritten),
        "outside": is_kept_beside(page, output, report),
        "skeleton": skeleton(data, encoding) == skeleton(output, encoding),
        "extraction": digest(page.extraction(json_ld=True)),
        "output": hashlib.sha256(output).hexdigest(),
        "report": digest(report),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        path = line.rstrip("\n")
        print(json.dumps(judge(Path(path).read_bytes(), path)), flush=True)
