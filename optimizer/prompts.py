"""From lines to a prompt: the part that is equal for all pages first, page text fenced as data last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from optimizer.tiers import SHARED_REGIONS, Line, label
from optimizer.types import Brief, PageText, Prompt

VERSION = "1"
SYSTEM = (Path(__file__).parent / "templates" / f"optimize-{VERSION}.txt").read_text(encoding="utf-8")
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer"}, "text": {"type": "string"}},
                "required": ["n", "text"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}
LINES_PER_PROMPT = 60
BYTES_PER_PROMPT = 16_000
CONTEXT_CHARS = 2_400
# Models that think first spend part of the allowance on it.
THINKING_TOKENS = 1_000


def build(
    page: PageText, brief: Brief, lines: Sequence[Line], reasons: Mapping[int, str] | None = None
) -> Prompt:
    """One prompt for these lines; `reasons` (by line number) makes it the one second chance."""
    data = [f"[{line.n}] {line.label}: {flat(line.shown)}".rstrip() for line in lines]
    body = "\n".join([*_context(page, lines), *data])
    fence = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:12]
    parts = [*_brief(brief, page), *_dimensions(page), f"<<<PAGE-{fence}", body, f"PAGE-{fence}>>>"]
    if reasons:
        parts.append("Your earlier answer was refused. Answer these lines again, mending this:")
        parts += [f"[{n}] {flat(reason)}" for n, reason in sorted(reasons.items())]
    answer_bytes = sum(max(160, len(line.shown.encode("utf-8", "replace"))) for line in lines)
    return Prompt(
        system=SYSTEM,
        user="\n".join(parts),
        schema=SCHEMA,
        max_output_tokens=THINKING_TOKENS + 16 * len(lines) + answer_bytes * 2 // 3,
        purpose="repair" if reasons else "optimize",
    )


def chunks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Cut a long page into prompts that a model answers without losing the thread."""
    chunk: list[Line] = []
    size = 0
    for line in lines:
        cost = len(line.shown.encode("utf-8", "replace")) + 16
        if chunk and (len(chunk) == LINES_PER_PROMPT or size + cost > BYTES_PER_PROMPT):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += cost
    if chunk:
        yield chunk


def flat(text: str) -> str:
    """One line, so that page text can never look like a fence or another numbered line."""
    return " ".join(text.split())


def _context(page: PageText, lines: Sequence[Line]) -> Iterator[str]:
    asked = {line.target for line in lines}
    head = [
        (name, page.head.get(key, ""))
        for key, name in (("title", "title"), ("metaDescription", "description"))
    ]
    first = (f"[-] {name}: {flat(text)}" for (name, text) in head if text and _key(name) not in asked)
    blocks = [block for block in page.blocks if block.region not in SHARED_REGIONS and block.id not in asked]
    # The last lines are the ones closest to what is asked when a long page was cut into prompts.
    left = CONTEXT_CHARS if len(lines) <= LINES_PER_PROMPT // 2 else CONTEXT_CHARS // 2
    rest: list[str] = []
    for block in blocks:
        left -= len(block.content)
        if left < 0:
            break
        rest.append(f"[-] {label(block)}: {flat(block.content)}")
    return chain(first, iter(rest))


def _key(name: str) -> str:
    return "metaDescription" if name == "description" else name


def _brief(brief: Brief, page: PageText) -> Iterator[str]:
    yield "Brief"
    fields: Iterable[tuple[str, str]] = (
        ("company", brief.company),
        ("tone", brief.tone),
        ("voice", brief.voice),
        ("audience", brief.audience),
        ("language", brief.language or page.language),
        ("keep these terms", "; ".join(brief.keep)),
        ("protected text", "; ".join(brief.protected)),
        ("say instead", "; ".join(f"{old} → {new}" for old, new in brief.prefer.items())),
        ("avoid", "; ".join(brief.avoid)),
    )
    yield from (f"- {name}: {flat(value)}" for name, value in fields if value)
    yield from (f"- fact: {flat(fact)}" for fact in brief.facts)


def _dimensions(page: PageText) -> Iterator[str]:
    yield "Dimensions"
    yield from (f"- {flat(name)}: {flat(value)}" for name, value in page.dimensions.items())
