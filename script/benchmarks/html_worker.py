"""One page a line in, what the Python engine makes of it out; html_worker.mjs is the same in JavaScript."""

import hashlib
import json
import sys
from itertools import compress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.html import Page, Refuse, apply
from optimizer.html.inline import parse
from optimizer.html.patcher import Patcher
from script.benchmarks.html_judge import digest, outside, skeleton

# Quotes, references, emoji, non-Latin, and what looks like markup.
HARD = "Neu “Straße” &amp; Ω 😀 日本 1 &lt; 2 &lt;/p&gt; &amp;amp; \"' "
HEAD = {"title": "Größe & <b> “Ω” 日本 😀", "metaDescription": "Ein \"neuer\" 'Text' & <mehr> 😀"}


def hard_changes(page: Page) -> dict[str, str]:
    """Every third block, rewritten."""
    return {block.id: HARD + block.content for block in page.blocks[::3]}


def identity(page: Page) -> bytes:
    """The page with every block built anew from its own content."""
    patcher = Patcher(page.source)
    for block in sorted(page.blocks, key=lambda block: not block.attr):
        items = parse(block.content)
        assert items is not None
        patcher.replace_block(block, items)
    return patcher.result()


def spans(page: Page, changed: list[bool]) -> list[tuple[int, int]]:
    width = page.source.width
    return [(b.start * width, b.end * width) for b in compress(page.blocks, changed)]


def judge(data: bytes, name: str) -> dict[str, Any]:
    try:
        page = Page(data)
    except Refuse as refusal:
        return {"page": name, "refused": refusal.reason}
    changes = hard_changes(page)
    # Spans are compared without head edits, which may insert.
    body, report = apply(data, changes)
    output, whole = apply(data, changes, HEAD)
    changed, after = [block.id in changes for block in page.blocks], Page(body)
    is_beside = outside(data, spans(page, changed)) == outside(body, spans(after, changed))
    encoding = page.source.encoding
    unwritten = [status for status in report.values() if status != "applied"]
    return {
        "page": name,
        "blocks": len(page.blocks),
        "changed": len(changes),
        "identity": identity(page) == data,
        "failures": len(unwritten) + ("verify-failed" in whole.values()),
        "outside": is_beside,
        "skeleton": skeleton(data, encoding) == skeleton(output, encoding),
        "extraction": digest(page.extraction()),
        "output": hashlib.sha256(output).hexdigest(),
        "report": digest(whole),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        path = line.rstrip("\n")
        print(json.dumps(judge(Path(path).read_bytes(), path)), flush=True)
