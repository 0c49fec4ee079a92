"""Texts that were decided before: under which keys they are found, and how they fit a page again.

A key tells what a decision depended on: the text and its place, the prompt's version, the brief, the model
and those dimension values that the text holds. Title, description and main heading belong to their page
alone. What a person wrote is found whatever the model or the brief.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from optimizer import families
from optimizer.masks import Mask
from optimizer.prompts import VERSION
from optimizer.tiers import Line
from optimizer.types import Brief, PageText

# Where every page of a site must say something of its own.
OWN = frozenset({"title", "description", "h1"})
HERO_BLOCKS = 6


class Store(Protocol):
    """What a page asks of the memory while it is worked on."""

    async def recall(self, hashes: Collection[str]) -> Mapping[str, str]: ...

    def reserve(self, key: str) -> asyncio.Future[str | None] | None:
        """None where the caller is to decide; else what another page, which is at it, will say."""
        ...

    def settle(self, key: str, text: str | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """Under which keys the decision about one line may be found, the best first."""

    human: str
    # Empty where a person's words for one page can't be those of another.
    human_masked: str
    exact: str
    # Empty where the project does not let pages of a family share a text.
    masked: str = ""
    # Whether pages that need it at the same time wait for one answer.
    is_common: bool = True

    @property
    def shared(self) -> str:
        """By what pages that are asked at the same time see that one answer does for them all."""
        return self.masked or self.exact

    def __iter__(self) -> Iterator[str]:
        return iter(filter(None, (self.human, self.human_masked, self.exact, self.masked)))


@dataclass(frozen=True, slots=True)
class Recalled:
    text: str
    is_human: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was found beforehand, for one page that waits for no other."""

    texts: Mapping[str, str]

    async def recall(self, hashes: Collection[str]) -> Mapping[str, str]:
        return {key: self.texts[key] for key in hashes if key in self.texts}

    def reserve(self, key: str) -> None:
        return None

    def settle(self, key: str, text: str | None) -> None:
        pass


@dataclass(slots=True)
class PageMemory:
    """The memory as one page sees it, and what the page adds to it."""

    store: Store
    model: str
    reused: int = 0
    saved_input_tokens: int = 0
    saved_output_tokens: int = 0
    learned: dict[str, str] = field(default_factory=dict)

    def save(self, line: Line) -> None:
        """Count a line that needed no answer, as our own estimate of its tokens."""
        tokens = len(line.shown.encode("utf-8", "replace")) // 4 + 4
        self.reused += 1
        self.saved_input_tokens += tokens
        self.saved_output_tokens += tokens + 6


def keys(page: PageText, brief: Brief, lines: Sequence[Line], model: str) -> dict[int, Keys]:
    """The keys of every line, by its number."""
    mask = Mask.of(page)
    # Facts of some pages colour a text as much as the brief does.
    local = brief.facts_for(page.dimensions)[len(brief.facts) :]
    under = [VERSION, model, brief.version, brief.language or page.language, brief.company, *local]
    hero = [block.content for block in page.blocks if block.above_fold][:HERO_BLOCKS]
    found = {}
    for line in lines:
        text, values = line.original, mask.within(line.original)
        place = [line.kind, line.label]
        if line.label in OWN:
            values = dict(page.dimensions)
            place += [page.url, *hero, *(["differs"] if brief.differs else [])]
        hidden = mask.hide(text)
        found[line.n] = Keys(
            human=_digest("human", page.url if line.label in OWN else "", line.label, text, values),
            human_masked=_offer(page, line, hidden, mask),
            exact=_digest("model", under, place, text, values),
            masked=_digest("model masked", under, place, hidden)
            if brief.shares_masked and line.label not in OWN
            else "",
            is_common=line.label not in OWN,
        )
    return found


def _offer(page: PageText, line: Line, hidden: str, mask: Mask) -> str:
    """Under which key a person's words for this line are offered to sister pages; empty for none."""
    if line.label in OWN and not mask.values:
        return ""
    # Where nothing stands yet, the family alone tells which pages are sisters.
    family = [] if hidden else [families.name_of(page, urlsplit(page.url).path)]
    return _digest("human masked", line.kind, line.label, hidden, sorted(mask.values), *family)


def hashes(page: PageText, brief: Brief, lines: Sequence[Line], model: str) -> set[str]:
    """All that may be remembered of a page."""
    return {key for line in keys(page, brief, lines, model).values() for key in line}


def look_up(keys: Keys, remembered: Mapping[str, str], mask: Mask) -> Recalled | None:
    """What is remembered for this line, in this page's own values."""
    for key in keys:
        if key not in remembered:
            continue
        is_masked = key in (keys.human_masked, keys.masked)
        text = mask.show(remembered[key]) if is_masked else remembered[key]
        if text is not None:
            return Recalled(text, key in (keys.human, keys.human_masked))
    return None


def lessons(keys: Keys, text: str, mask: Mask) -> dict[str, str]:
    """What to remember of the model's accepted text."""
    found = {keys.exact: text}
    if keys.masked:
        found[keys.masked] = mask.hide(text)
    return found


def human_lessons(keys: Keys, text: str, mask: Mask) -> dict[str, str]:
    """What to remember of a person's own words."""
    hidden = mask.hide(text)
    # Title, description and main heading without any value of the page fit this page alone.
    is_offered = keys.human_masked and (keys.is_common or hidden != text)
    return {keys.human: text} | ({keys.human_masked: hidden} if is_offered else {})


def _digest(*parts: object) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
