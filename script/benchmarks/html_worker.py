"""One page a line in, what the Python engine makes of it out; html_worker.mjs is the same in JavaScript."""

import hashlib
import json
import sys
from collections.abc import Container
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.html import Page, Refuse, apply
from optimizer.html.blocks import Block
from optimizer.html.inline import parse
from optimizer.html.patcher import Patcher
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


def is_kept_beside(page: Page, output: bytes, changes: Container[str]) -> bool:
    """Whether every byte beside the changed blocks is as it was."""
    width = page.source.width
    old, new = [], []
    blocks, written = offered(page), offered(Page(output))
    if len(blocks) != len(written):
        return False
    for before, after in zip(blocks, written, strict=True):
        if before.id in changes:
            # Values without quotes are given some.
            more = 1 if before.attr and before.quote == "" else 0
            old.append((before.start * width, before.end * width))
            new.append(((after.start - more) * width, (after.end + more) * width))
    return outside(page.source.data, old) == outside(output, new)


def judge(data: bytes, name: str) -> dict[str, Any]:
    try:
        page = Page(data)
    except Refuse as refusal:
        return {"page": name, "refused": refusal.reason}
    changes = hard_changes(page)
    # Spans are compared without head edits, which may insert.
    body, report = apply(data, changes)
    output, whole = apply(data, changes, HEAD)
    encoding = page.source.encoding
    unwritten = [status for status in report.values() if status != "applied"]
    return {
        "page": name,
        "blocks": len(offered(page)),
        "changed": len(changes),
        "identity": identity(page) == data,
        "failures": len(unwritten) + ("verify-failed" in whole.values()),
        "outside": is_kept_beside(page, body, changes),
        "skeleton": skeleton(data, encoding) == skeleton(output, encoding),
        "extraction": digest(page.extraction(json_ld=True)),
        "output": hashlib.sha256(output).hexdigest(),
        "report": digest(whole),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        path = line.rstrip("\n")
        print(json.dumps(judge(Path(path).read_bytes(), path)), flush=True)
