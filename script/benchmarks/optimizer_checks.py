"""How much damage the checks catch, and how often they stop an edit that harms nothing."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import optimizer_pages

from optimizer import checks, inline, words
from optimizer.checks.claims import CLAIMS
from optimizer.checks.subject import Known
from optimizer.tests import damage, swaps
from optimizer.tests.foreign import SENTENCES
from optimizer.types import Block, Brief, PageText

SEED = 6
BRIEF = Brief()
BLOCKS, QUICK_BLOCKS = 4_000, 600
SHOWN = 4


@dataclass
class Tally:
    """Of each kind of change: how many were tried and caught, and some that went the wrong way."""

    tried: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, is_caught: bool, is_wrong: bool, text: str) -> None:
        self.tried[name] += 1
        self.caught[name] += is_caught
        if is_wrong and len(self.wrong.setdefault(name, [])) < SHOWN:
            self.wrong[name].append(text)

    def share(self, name: str) -> float:
        return round(self.caught[name] / self.tried[name], 4)

    def lines(self) -> Iterator[str]:
        for name in sorted(self.tried):
            yield f"  {name:<22}{self.share(name):8.2%}  of {self.tried[name]}"
            yield from (f"      {text[:150]}" for text in self.wrong.get(name, ()))


def pages(is_quick: bool) -> list[PageText]:
    found = [page for theme in optimizer_pages.themes().values() for page in theme]
    found += optimizer_pages.made(60)
    draw = random.Random(SEED)
    draw.shuffle(found)
    return [*optimizer_pages.foreign(SENTENCES), *found[: 80 if is_quick else 400]]


def blocks(found: list[PageText], most: int) -> Iterator[tuple[PageText, Known, Block]]:
    """Up to so many blocks, a few of each page, so that no page counts for much."""
    draw = random.Random(SEED)
    each = max(4, most // len(found) + 1)
    for page in found:
        known = Known.of(page, BRIEF)
        offered = [block for block in page.blocks if len(inline.plain(block.content)) > 2]
        draw.shuffle(offered)
        for block in offered[:each]:
            yield page, known, block


def verdicts(page: PageText, known: Known, block: Block, text: str) -> tuple[checks.Verdict, ...]:
    return checks.check_all(
        block.content, text, kind="block", target=block.id, page=page, brief=BRIEF, known=known
    )


def is_caught(found: tuple[checks.Verdict, ...]) -> bool:
    """Refused or held: it can't go live without a person's look at this very text."""
    return any(verdict.level in ("refuse", "hold") for verdict in found)


def loses_dimension(page: PageText, block: Block, text: str) -> bool:
    """Half a service's name is no harmless edit."""
    old, new = inline.plain(block.content), inline.plain(text)
    return any(words.holds(old, value) and not words.holds(new, value) for value in page.dimensions.values())


def figures(is_quick: bool) -> dict[str, Any]:
    harm, harmless, language, claims, swap = Tally(), Tally(), Tally(), Tally(), Tally()
    draw = random.Random(SEED)
    chosen = pages(is_quick)
    count = 0
    for page, known, block in blocks(chosen, QUICK_BLOCKS if is_quick else BLOCKS):
        count += 1
        for name, change in damage.DAMAGE.items():
            text = change(block.content, draw)
            is_new = text is not None and text != block.content
            if is_new and not (block.attr and inline.TAG.search(text)):
                caught = is_caught(verdicts(page, known, block, text))
                harm.add(name, caught, not caught, f"{block.content} ⇒ {text}")
        for name, change in damage.HARMLESS.items():
            text = change(block.content, draw)
            if text is not None and not loses_dimension(page, block, text):
                found = verdicts(page, known, block, text)
                said = "; ".join(v.message for v in found)
                harmless.add(name, is_caught(found), is_caught(found), f"{said}: {text}")
        text = damage.in_language(block.content, draw, page.language[:2])
        if text is not None:
            seen = any(v.check == "language" for v in verdicts(page, known, block, text))
            language.add("other language", seen, not seen, f"{block.content} ⇒ {text}")
        claim = draw.choice(damage.CLAIMS)
        # What the page promises somewhere is not added by saying it here.
        if not set(CLAIMS.findall(words.fold(claim))) & set(CLAIMS.findall(known.folded)):
            seen = is_caught(verdicts(page, known, block, f"{block.content} – {claim}"))
            claims.add("claim", seen, not seen, f"{block.content} – {claim}")
        for name, text in swaps.swapped(page, known, block, draw):
            seen = is_caught(verdicts(page, known, block, text))
            swap.add(name, seen, not seen, f"{block.content} ⇒ {text}")
    for title, tally in (
        ("Damage caught", harm), ("Other language told", language), ("Swapped names caught", swap),
        ("Claims caught", claims), ("Harmless edits caught", harmless),
    ):  # fmt: skip
        print(title, *tally.lines(), sep="\n", flush=True)
    return {
        "blocks": count,
        "damage_min_share": min(map(harm.share, harm.tried)),
        "language_share": language.share("other language"),
        "swap_share": min(map(swap.share, swap.tried)),
        "claims_share": claims.share("claim"),
        "harmless_max_share": max(map(harmless.share, harmless.tried)),
    }


if __name__ == "__main__":
    print(figures(is_quick=True))
