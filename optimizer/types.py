"""The words the optimizer speaks: frozen dataclasses in, frozen dataclasses out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from optimizer import words

Kind = Literal["head", "block"]
Level = Literal["pass", "note", "hold", "refuse"]
TITLE, DESCRIPTION = "title", "metaDescription"
ATTRIBUTE_TYPES = {"alt": "alt", "img": "alt", "img-alt": "alt", "image": "alt", "image-alt": "alt"}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the page; `content` holds escaped text and numbered inline tags."""

    id: str
    type: str
    content: str
    region: str = "body"
    above_fold: bool = False
    attr: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sibling:
    """What another page of the same family says, or will say, in the places where pages must differ."""

    url: str
    title: str = ""
    description: str = ""
    h1: str = ""


@dataclass(frozen=True, slots=True)
class PageText:
    """All of one page that the optimizer may know."""

    url: str
    head: Mapping[str, str]
    blocks: tuple[Block, ...]
    dimensions: Mapping[str, str]
    language: str = ""
    siblings: tuple[Sibling, ...] = ()

    @classmethod
    def from_extraction(cls, extraction: Mapping[str, Any], url: str) -> PageText:
        """Read the extraction that a client uploaded; unknown fields are left alone."""
        head = {str(name): value for name, value in (extraction.get("head") or {}).items() if _is_text(value)}
        above = [_block(item, True) for item in extraction.get("above_fold_blocks") or ()]
        rest = [_block(item, False) for item in extraction.get("rest_of_page_blocks") or ()]
        return cls(
            url=url,
            head=head,
            blocks=tuple(above + rest),
            dimensions=dict(_flatten(extraction.get("dimensions") or {})),
            language=head.get("lang") or head.get("language") or "",
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _block(item: Mapping[str, Any], above_fold: bool) -> Block:
    kind = str(item.get("type") or "p")
    attributes = item.get("attributes")
    attr = item.get("attr") or (attributes.get("attr") if isinstance(attributes, dict) else "")
    return Block(
        id=str(item["id"]),
        type=kind,
        content=str(item.get("content") or ""),
        region=str(item.get("region") or "body"),
        above_fold=bool(item.get("above_fold", above_fold)),
        attr=str(attr or ATTRIBUTE_TYPES.get(kind, "")),
        key=str(item.get("key") or ""),
    )


def _flatten(dimensions: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in dimensions.items():
        if isinstance(value, (list, tuple)):
            value = ", ".join(str(part) for part in value if isinstance(part, (str, int, float)))
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            yield str(name), str(value).strip()


@dataclass(frozen=True, slots=True)
class LocalFact:
    """A fact that holds only on pages with these dimension values, such as {"location": "Leeds"}."""

    text: str
    when: Mapping[str, str]

    def holds_for(self, dimensions: Mapping[str, str]) -> bool:
        return all(_is_value(dimensions.get(name, ""), value) for name, value in self.when.items())


def _is_value(values: str, wanted: str) -> bool:
    """`tag-heuer` is “TAG Heuer”; a dimension may hold several values with commas between."""
    return words.fold(wanted) in {words.fold(value) for value in (values, *values.split(","))}


@dataclass(frozen=True, slots=True)
class FieldRules:
    """The room and the shape of title and description."""

    # As in “{service} in {location} | {company}”.
    title_pattern: str = ""
    title_chars: int = words.TITLE_CHARS
    title_pixels: int = words.TITLE_PIXELS
    description_min: int = words.DESCRIPTION_MIN
    description_max: int = words.DESCRIPTION_MAX


@dataclass(frozen=True, slots=True)
class Brief:
    """How a project wants to sound, and what it vouches for."""

    tone: str = "professional"
    language: str = ""
    audience: str = ""
    voice: str = ""
    keep: tuple[str, ...] = ()
    prefer: Mapping[str, str] = field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    version: int = 1
    company: str = ""
    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    local_facts: tuple[LocalFact, ...] = ()
    fields: FieldRules = FieldRules()
    # Whether navigation and footer are worked on, once for all pages.
    works_on_shared: bool = False
    # Whether pages that differ only in their dimension values share a text.
    shares_masked: bool = False
    # Whether a second call judges what the first one wrote.
    judges: bool = False
    # Whether these pages were said to be too much like their sisters.
    differs: bool = False

    def facts_for(self, dimensions: Mapping[str, str]) -> tuple[str, ...]:
        """The whole project's facts, and those of pages with these dimension values."""
        return (*self.facts, *(fact.text for fact in self.local_facts if fact.holds_for(dimensions)))


@dataclass(frozen=True, slots=True)
class Usage:
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request; the model that answers it is the provider's business."""

    system: str
    user: str
    schema: Mapping[str, Any]
    max_output_tokens: int
    purpose: str = "optimize"
    # Names the question, however many of its lines need no answer any more: what an answer in the journal
    # is found by. Empty means the words themselves.
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    model: str
    usage: Usage
    finish_reason: str
    request_id: str
    # Bought in the provider's batch lane.
    is_half_price: bool = False


Complete = Callable[[Prompt], Awaitable[Completion]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says about one text, in a sentence for people."""

    check: str
    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed text for one target; `text` is None when it was refused and the original stays."""

    target: str
    kind: Kind
    original: str
    text: str | None
    verdicts: tuple[Verdict, ...]
    confidence: float | None
