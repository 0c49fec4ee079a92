"""The engine that needs no key: deterministic rules over the very prompt a model would get."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from optimizer import checks, describing, inline, judging, rewriting, words
from optimizer.checks.subject import Known
from optimizer.limits import RateLimit
from optimizer.rewriting import HEADINGS, Sheet
from optimizer.types import (
    DESCRIPTION,
    TITLE,
    Block,
    Brief,
    Completion,
    FieldRules,
    Kind,
    PageText,
    Prompt,
    Sibling,
    Usage,
)

MODEL = "offline"
LINE = re.compile(r"\[(\d+|-)\] ([^:]+):(?: (.*))?")
ENTRY = re.compile(r"- ([^:]+): (.*)")
TARGETS = {"title": TITLE, "description": DESCRIPTION}
SISTER = "sister page's "
LISTS = {"keep these terms": "keep", "protected text": "protected", "avoid": "avoid"}
HEAVY_CHARS = 12_000


class OfflineProvider:
    """Answers prompts without a model; results carry `model: "offline"`."""

    rate_limit = RateLimit()

    async def complete(self, prompt: Prompt) -> Completion:
        if prompt.purpose == judging.PURPOSE:
            # The rules have one opinion, and it was heard.
            return Completion('{"items": []}', MODEL, Usage(0, 0), "stop", "offline-judge")
        is_heavy = len(prompt.user) > HEAVY_CHARS
        items = await asyncio.to_thread(answer, prompt.user) if is_heavy else answer(prompt.user)
        text = orjson.dumps(items).decode()
        digest = hashlib.sha256(prompt.user.encode("utf-8", "replace")).hexdigest()
        return Completion(text, MODEL, Usage(0, 0), "stop", f"offline-{digest[:16]}")

    async def aclose(self) -> None:
        """Nothing is held open."""


SECTIONS = ("h1", "h2")


@dataclass(slots=True)
class Request:
    """A prompt, read back."""

    numbered: list[tuple[int, str, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    dimensions: dict[str, str] = field(default_factory=dict)
    brief: dict[str, Any] = field(default_factory=dict)
    facts: list[str] = field(default_factory=list)
    # The title that the brief's pattern wants.
    title: str = ""
    siblings: list[tuple[str, str]] = field(default_factory=list)
    # How long title and description may be.
    room: dict[str, Any] = field(default_factory=dict)


def answer(user: str) -> dict[str, Any]:
    """The answer to a prompt's user text, in the schema that was asked for; every line is answered."""
    request = read(user)
    page = _page(request)
    # A pattern's own words are vouched for by the brief, as facts are.
    brief = Brief(facts=(*request.facts, request.title), fields=FieldRules(**request.room), **request.brief)
    known = Known.of(page, brief)
    sheet = _sheet(request, page)
    items = []
    named: dict[str, str] = {}
    for n, label, old in request.numbered:
        target = TARGETS.get(label, str(n))
        original = inline.unescape(old) if label in TARGETS else old
        texts = candidates(original, label, n, request, sheet)
        if label == "alt":
            texts = (text for text in texts if _is_free(text, old, named))
        text = _choose(original, texts, target, page, brief, known)
        if label == "alt":
            named.setdefault(words.fold(text), old)
        items.append({"n": n, "text": inline.escape(text) if label in TARGETS else text})
    return {"items": items}


def _is_free(text: str, old: str, named: Mapping[str, str]) -> bool:
    """What names two pictures tells neither; one picture may stand there twice under the name of its file."""
    known = named.get(words.fold(text))
    return known is None or (known == old and words.vocabulary(text) <= words.vocabulary(old))


def _choose(old: str, texts: Iterable[str], target: str, page: PageText, brief: Brief, known: Known) -> str:
    """The first text that our own checks find nothing against, else one they only remark on, else the old."""
    kind: Kind = "head" if target in page.head else "block"
    remarked = ""
    for text in texts:
        if not text or text == old:
            continue
        verdicts = checks.check_all(old, text, kind=kind, target=target, page=page, brief=brief, known=known)
        levels = {verdict.level for verdict in verdicts}
        if levels == {"pass"}:
            return text
        if not levels & {"hold", "refuse"}:
            remarked = remarked or text
    return remarked or old


def candidates(old: str, label: str, n: int, request: Request, sheet: Sheet) -> Iterator[str]:
    if label == "title":
        return rewriting.title(old, sheet, request.title)
    if label == "description":
        return describing.description(old, sheet)
    if label in HEADINGS:
        return rewriting.heading(old, sheet, label)
    if label == "alt":
        return rewriting.alt(old, sheet, _section_of(request, n))
    return iter((rewriting.tidy(old),))


def _section_of(request: Request, n: int) -> str:
    """The heading of the section; a smaller one before a picture may be its neighbour's caption."""
    found = ""
    for number, label, text in request.numbered:
        if number >= n:
            break
        found = inline.plain(text) if label in SECTIONS else found
    return found


def read(user: str) -> Request:
    """Read the sections of a prompt; only what stands between the fences counts as page text."""
    request = Request()
    section = ""
    fence = ""
    for row in user.split("\n"):
        if not fence and row.startswith("<<<PAGE-"):
            fence = row.removeprefix("<<<") + ">>>"
        elif fence and row == fence:
            break
        elif fence:
            _read_line(request, row)
        elif row in ("Brief", "Dimensions", "This page"):
            section = row
        elif entry := ENTRY.fullmatch(row):
            _read_entry(request, section, *entry.groups())
    return request


def _read_line(request: Request, row: str) -> None:
    if match := LINE.fullmatch(row):
        number, label, text = match.groups(default="")
        if label.startswith(SISTER):
            # What stands on another page vouches for nothing on this one.
            request.siblings.append((label.rpartition(" ")[2], inline.plain(text)))
            return
        request.lines.append((label, inline.plain(text)))
        if number != "-":
            request.numbered.append((int(number), label, text))


def _read_entry(request: Request, section: str, name: str, value: str) -> None:
    if section == "Dimensions":
        request.dimensions[name] = value
    elif name == "fact":
        request.facts.append(value)
    elif section == "This page":
        request.title = value
    elif name in TARGETS:
        numbers = [int(number) for number in re.findall(r"\d+", value)]
        names = ("title_chars",) if name == "title" else ("description_min", "description_max")
        request.room.update(zip(names, numbers, strict=False))
    elif name in LISTS:
        request.brief[LISTS[name]] = tuple(value.split("; "))
    elif name == "say instead":
        request.brief["prefer"] = dict(pair.split(" → ", 1) for pair in value.split("; ") if " → " in pair)
    elif name in ("company", "tone", "voice", "audience", "language"):
        request.brief[name] = value


def _page(request: Request) -> PageText:
    head = {TARGETS[label]: text for label, text in request.lines if label in TARGETS}
    asked = {
        n: Block(str(n), label, text, attr="alt" if label == "alt" else "")
        for n, label, text in request.numbered
    }
    rest = [
        Block(f"context-{at}", label, inline.escape(text)) for at, (label, text) in enumerate(request.lines)
    ]
    numbered = {inline.plain(block.content) for block in asked.values()}
    context = [block for block in rest if inline.plain(block.content) not in numbered]
    blocks = [block for block in (*asked.values(), *context) if block.type not in TARGETS]
    siblings = tuple(Sibling("", **{label: text}) for label, text in request.siblings)
    language = request.brief.get("language", "")
    return PageText("", head, tuple(blocks), request.dimensions, language, siblings)


def _sheet(request: Request, page: PageText) -> Sheet:
    spellings: dict[str, str] = {}
    # Words inside running text show how a name is really written; capitals throughout show nothing.
    for label, text in request.lines:
        if not text.isupper() and label not in HEADINGS:
            for match in re.finditer(r"(?<=[a-z,] )[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*", text):
                _spell(spellings, match.group())
    for value in request.dimensions.values():
        plain = re.sub(r"[-_]+", " ", value)
        for _, text in request.lines:
            found = re.search(rf"(?i)(?<!\w){re.escape(plain)}(?!\w)", text)
            if found and not found.group().isupper() and not found.group().islower():
                spellings[words.fold(plain)] = found.group()
                break
    brief = request.brief
    return Sheet(
        lines=request.lines,
        dimensions=request.dimensions,
        company=brief.get("company", ""),
        language=page.language,
        spellings=spellings,
        taken=frozenset(words.fold(text) for _, text in request.siblings),
    )


def _spell(spellings: dict[str, str], name: str) -> None:
    for part in (name, *name.split(" ")):
        spellings.setdefault(words.fold(part), part)
