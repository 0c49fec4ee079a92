"""From lines to a prompt: the part that is equal for all pages first, page text fenced as data last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from optimizer import patterns, tones
from optimizer.inline import escape
from optimizer.tiers import SHARED_REGIONS, Line, label
from optimizer.types import Brief, PageText, Prompt

VERSION = "2"
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
ORDERED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
LINES_PER_PROMPT = 60
BYTES_PER_PROMPT = 16_000
SECTIONS = ("h1", "h2", "h3")
CONTEXT_CHARS = 2_400
# Enough to tell what to differ from; more would cost every page of the family.
SIBLINGS_SHOWN = 6
# Models that think first spend part of the allowance on it.
THINKING_TOKENS = 1_000


def build(
    page: PageText,
    brief: Brief,
    lines: Sequence[Line],
    reasons: Mapping[int, str] | None = None,
    chunk: Sequence[Line] = (),
    turn: int = 0,
) -> Prompt:
    """One prompt for these lines; `reasons` (by line number) makes it the one second chance.

    `chunk` holds all lines of the question, also those whose text is remembered and not asked for.
    """
    data = [f"[{line.n}] {line.label}: {flat(line.shown)}".rstrip() for line in lines]
    body = "\n".join([*_siblings(page), *_context(page, lines), *data])
    fence = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:12]
    parts = [*told(page, brief), f"<<<PAGE-{fence}", body, f"PAGE-{fence}>>>"]
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
        identity=_identity(page, brief, [line.n for line in chunk or lines], reasons or {}, turn),
    )


def told(page: PageText, brief: Brief) -> list[str]:
    """What stands before a page's text."""
    return [*brief_lines(brief, page.language), *_page(page, brief)]


def _identity(
    page: PageText, brief: Brief, chunk: Sequence[int], reasons: Mapping[int, str], turn: int
) -> str:
    """Equal for equal questions, whatever sister pages say meanwhile and whatever is remembered by now."""
    head = {key: page.head.get(key, "") for key in ("title", "metaDescription")}
    content = [[block.id, block.content] for block in page.blocks]
    question: list[object] = [VERSION, asdict(brief), head, dict(page.dimensions), page.language, content]
    question += [list(chunk), sorted(reasons), *([turn] if turn else [])]
    return hashlib.sha256(orjson.dumps(question, option=ORDERED)).hexdigest()


def chunks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Cut a long page into prompts that a model answers without losing the thread, between sections."""
    chunk: list[Line] = []
    size = 0
    for line in lines:
        cost = _cost(line)
        if chunk and (len(chunk) == LINES_PER_PROMPT or size + cost > BYTES_PER_PROMPT):
            at = _last_section(chunk)
            yield chunk[:at]
            chunk = chunk[at:]
            size = sum(map(_cost, chunk))
        chunk.append(line)
        size += cost
    if chunk:
        yield chunk


def _cost(line: Line) -> int:
    return len(line.shown.encode("utf-8", "replace")) + 16


def _last_section(chunk: Sequence[Line]) -> int:
    """Where the chunk's last section begins, if that leaves most of it; else its end."""
    starts = [n for n, line in enumerate(chunk) if line.label in SECTIONS and n > len(chunk) // 2]
    return starts[-1] if starts else len(chunk)


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


def brief_lines(brief: Brief, language: str) -> Iterator[str]:
    """What is the same for every page of the project."""
    rules = brief.fields
    fields: Iterable[tuple[str, str]] = (
        ("company", brief.company),
        ("tone", tones.describe(brief.tone)),
        ("voice", brief.voice),
        ("audience", brief.audience),
        ("language", brief.language or language),
        ("keep these terms", "; ".join(brief.keep)),
        ("protected text", "; ".join(brief.protected)),
        ("say instead", "; ".join(f"{old} → {new}" for old, new in brief.prefer.items())),
        ("avoid", "; ".join(brief.avoid)),
        ("title", f"up to {rules.title_chars} characters"),
        ("description", f"{rules.description_min} to {rules.description_max} characters"),
    )
    yield "Brief"
    yield from (f"- {name}: {flat(value)}" for name, value in fields if value)
    if brief.differs:
        yield "- make title, description and h1 differ from those of the sister pages, in words and in build"
    yield from (f"- write like this: {flat(example)}" for example in brief.do)
    yield from (f"- not like this: {flat(example)}" for example in brief.dont)
    yield from (f"- fact: {flat(fact)}" for fact in brief.facts)


def _page(page: PageText, brief: Brief) -> Iterator[str]:
    """What is told of this page besides its text."""
    yield "Dimensions"
    yield from (f"- {flat(name)}: {flat(value)}" for name, value in page.dimensions.items())
    facts = brief.facts_for(page.dimensions)[len(brief.facts) :]
    title = patterns.fill(brief.fields.title_pattern, page, brief)
    if facts or title:
        yield "This page"
        yield from (f"- fact: {flat(fact)}" for fact in facts)
        yield from ([f"- title by the pattern: {flat(title)}"] if title else [])


def _siblings(page: PageText) -> Iterator[str]:
    """What sister pages say, each text once, so that this one differs; it is data of a page, too."""
    seen: dict[str, set[str]] = {"title": set(), "description": set()}
    for sibling in page.siblings:
        for name, text in (("title", sibling.title), ("description", sibling.description)):
            if text and text not in seen[name] and len(seen[name]) < SIBLINGS_SHOWN:
                seen[name].add(text)
                yield f"[-] sister page's {name}: {flat(escape(text))}"
