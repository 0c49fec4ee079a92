"""Pages of one make: which belong together, how alike they are, and what a page should differ from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from optimizer.masks import Mask
from optimizer.types import DESCRIPTION, TITLE, PageText, Sibling
from optimizer.words import fold

# Titles and descriptions that are as alike as this, dimension values aside, are shown to people.
ALIKE = 0.8
# So many sisters at most are compared with; what is more alike comes first.
MOST_SIBLINGS = 200


def name_of(page: PageText, path: str) -> str:
    """The family of a page: its dimensions, else its folder, and the frame that its text stands in."""
    frame = sorted({(block.region, block.type) for block in page.blocks if not block.attr})
    digest = hashlib.sha256(repr(frame).encode()).hexdigest()[:6]
    folder = path.strip("/").split("/")[0] if path.count("/") > 1 else ""
    kind = " × ".join(sorted(page.dimensions)) or (f"/{folder}/" if folder else "")
    return f"{kind} · {digest}"[:200] if kind else ""


def shared(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    """How many dimension values two pages have in common."""
    return sum(other.get(name) == value for name, value in one.items())


@dataclass(frozen=True, slots=True)
class Member:
    """A page of a family as the others hear of it."""

    sibling: Sibling
    dimensions: Mapping[str, str]


def nearest(page: PageText, members: Iterable[Member]) -> tuple[Sibling, ...]:
    """The sisters of a page, those that share most of its dimension values first."""
    others = [member for member in members if member.sibling.url != page.url]
    others.sort(key=lambda member: (-shared(page.dimensions, member.dimensions), member.sibling.url))
    return tuple(member.sibling for member in others[:MOST_SIBLINGS])


def likeness(one: str, other: str) -> float:
    """The share of words that two texts have in common; 1 for equal ones."""
    words, others = set(one.split()), set(other.split())
    union = words | others
    return len(words & others) / len(union) if union else 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    one: str
    other: str
    likeness: float

    @property
    def percent(self) -> int:
        return round(self.likeness * 100)


@dataclass(frozen=True, slots=True)
class Distinctness:
    """How well the pages of a family tell themselves apart in one place."""

    pages: int
    # Texts that no other page has, of all that there are.
    own_share: float
    # The same once the dimension values are masked: what each page says by itself.
    masked_share: float
    most_alike: tuple[Pair, ...]

    @property
    def own_percent(self) -> int:
        return round(self.own_share * 100)

    @property
    def masked_percent(self) -> int:
        return round(self.masked_share * 100)


def distinctness(texts: Mapping[str, str], masks: Mapping[str, Mask], shown: int = 5) -> Distinctness:
    """Of texts by page: how many are a page's own, and which pages are most alike without their values."""
    plain = {page: fold(text) for page, text in texts.items() if text}
    hidden = {
        page: fold(masks[page].hide(texts[page])) if page in masks else text for page, text in plain.items()
    }
    alike = _alike(plain, hidden)[:shown]
    return Distinctness(len(plain), _own_share(plain.values()), _own_share(hidden.values()), tuple(alike))


def _own_share(texts: Iterable[str]) -> float:
    found = list(texts)
    counts = Counter(found)
    return round(sum(counts[text] == 1 for text in found) / len(found), 4) if found else 1.0


def _alike(plain: Mapping[str, str], hidden: Mapping[str, str]) -> list[Pair]:
    """The most alike pairs: equal texts first, then those that share most words besides their values."""
    best: dict[tuple[str, str], Pair] = {}
    # Alike texts stand near each other in one order or the other, so not all pairs are compared.
    for texts in (plain, hidden):
        for one, other in pairwise(sorted(texts, key=lambda page: (texts[page], page))):
            both = [likeness(side[one], side[other]) for side in (plain, hidden)]
            first, second = sorted((one, other))
            pair = Pair(first, second, round(sum(both) / 2, 3))
            if pair.likeness >= ALIKE:
                best[first, second] = pair
    return sorted(best.values(), key=lambda pair: (-pair.likeness, pair.one))


def told_first(siblings: Iterable[Sibling], texts: Iterable[str]) -> tuple[Sibling, ...]:
    """The sisters, those that say one of these texts first: who is to differ has to hear of them."""
    taken = set(map(fold, texts))
    return tuple(sorted(siblings, key=lambda s: taken.isdisjoint((fold(s.title), fold(s.description)))))


def differ_reason(siblings: Sequence[Sibling], target: str = TITLE) -> str:
    """The retry reason that asks for a text of the page's own."""
    said = (sibling.description if target == DESCRIPTION else sibling.title for sibling in siblings)
    few = "; ".join(islice(dict.fromkeys(filter(None, said)), 3))
    return f"Make this differ from its sister pages{f', such as: {few.rstrip(".")}' if few else ''}."
