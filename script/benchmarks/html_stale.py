"""Results of one release of a theme, applied to the next: what is found again, and what it hits.

Where a text landed is read by turbohtml from the output: a numbered mark goes before each block's first text,
and what follows it there must be what the block said in the old release.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from html import unescape
from pathlib import Path
from typing import Any

import turbohtml

from optimizer.html import Page, Refuse, apply
from optimizer.html.blocks import Block
from script.benchmarks import html_corpus
from script.benchmarks.html_judge import TEXT_VALUES

FIRST_TEXT = re.compile(r"((?:<[^>]+>|[ ])*)([^<]*)")
MARK = re.compile(r"⟦(\d+)⟧([^⟦]*)")


def marked(number: int, content: str) -> str:
    tags, text = FIRST_TEXT.match(content).groups()  # type: ignore[union-attr]
    return f"{tags}⟦{number}⟧{text}{content[len(tags) + len(text) :]}"


def first_text(content: str) -> str:
    return plain(unescape(FIRST_TEXT.match(content)[2]))  # type: ignore[index]


def plain(text: str) -> str:
    return " ".join(re.split("[\t\n\f\r ]+", text)).strip(" ")


def read_marks(data: bytes) -> Iterator[tuple[int, str, str]]:
    """(number of the mark, attribute or "", text behind it) all over a page."""
    waiting = [turbohtml.parse(data.decode())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, turbohtml.Text):
            yield from ((int(m[1]), "", plain(m[2])) for m in MARK.finditer(node.data))
        elif isinstance(node, turbohtml.Element):
            for name in TEXT_VALUES & set(node.attrs):
                yield from ((int(m[1]), name, plain(m[2])) for m in MARK.finditer(str(node.attrs[name])))
        waiting += node.children


def judge(before: bytes, after: bytes) -> Counter[str]:
    """Blocks of the old page, those found and written again, writes that hit something else."""
    old, new = Page(before).blocks, Page(after).blocks
    changes = {block.id: marked(number, block.content) for number, block in enumerate(old)}
    output, report = apply(after, changes)
    written = {number for number, block in enumerate(old) if report[block.id] == "applied"}
    found = Counter(blocks=len(old), found=len(written), moved=moved(old, new, written))
    found["unproved"] = sum(status == "verify-failed" for status in report.values())
    seen = Counter[int]()
    for number, attribute, text in read_marks(output):
        seen[number] += 1
        is_right = number in written and attribute == old[number].attr
        found["wrong"] += not (is_right and text == first_text(old[number].content))
    # Each was written exactly once.
    found["wrong"] += sum(seen[number] != 1 for number in written)
    return found


def moved(old: list[Block], new: list[Block], written: Iterable[int]) -> int:
    """Writes to another one of several equal blocks than a comparison of the two pages as lists points at."""
    rows = [[(block.type, block.attr, block.content) for block in blocks] for blocks in (old, new)]
    aligned: dict[int, int] = {}
    for a, b, size in SequenceMatcher(None, *rows, autojunk=False).get_matching_blocks():
        aligned.update(zip(range(a, a + size), range(b, b + size), strict=True))
    place = {block.id: index for index, block in enumerate(new)}
    return sum(aligned.get(number, -1) not in (-1, place.get(old[number].id)) for number in written)


def figures(folders: dict[str, Path]) -> dict[str, Any]:
    total, shares = Counter[str](), {}
    for name, before, after in html_corpus.releases(folders):
        sums = Counter[str]()
        for path in html_corpus.pages(before):
            twin = after / path.relative_to(before)
            if twin.is_file() and twin.read_bytes() != path.read_bytes():
                try:
                    sums += judge(path.read_bytes(), twin.read_bytes()) + Counter(pages=1)
                except Refuse:
                    sums += Counter(refused=1)
        total += sums
        shares[name] = round(sums["found"] / sums["blocks"], 4) if sums["blocks"] else None
    return {
        "stale_found_share": round(total["found"] / total["blocks"], 4),
        "wrong_block_writes": total["wrong"] + total["unproved"],
        "stale_pages": total["pages"],
        "stale_blocks": total["blocks"],
        "stale_moved_equal": total["moved"],
        "stale_by_release": shares,
    }
