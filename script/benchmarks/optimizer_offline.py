"""What the offline engine is worth: pages whose title and description are right, before and after."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import optimizer_pages

from optimizer import Brief, PageText, Suggestion, describing, optimize, tiers, words
from optimizer.offline import OfflineProvider
from optimizer.types import DESCRIPTION, TITLE, Sibling


def is_fit(head: dict[str, str]) -> bool:
    return bool(head[TITLE]) and words.fits_title(head[TITLE]) and words.fits_description(head[DESCRIPTION])


def heads(pages: Sequence[PageText], changes: Sequence[Sequence[Suggestion]]) -> list[dict[str, str]]:
    """Title and description of every page as they are once everything is approved."""
    found = []
    for page, some in zip(pages, changes, strict=True):
        head = {name: page.head.get(name) or "" for name in (TITLE, DESCRIPTION)}
        found.append(head | {s.target: s.text for s in some if s.target in head and s.text})
    return found


def right(found: Sequence[dict[str, str]]) -> int:
    """Pages whose two texts fit, and that no other page of the site has."""
    seen = Counter((name, words.fold(head[name])) for head in found for name in head)
    return sum(
        is_fit(head) and all(seen[name, words.fold(head[name])] == 1 for name in head) for head in found
    )


def measure(pages: Sequence[PageText], brief: Brief) -> dict[str, int]:
    async def work() -> list[Sequence[Suggestion]]:
        changes: list[Sequence[Suggestion]] = []
        said: list[Sibling] = []
        for page in pages:
            # As in the product, a page hears what those before it say.
            known = replace(page, siblings=tuple(reversed(said)))
            some = await optimize(known, brief, "full", OfflineProvider().complete)
            changes.append(some)
            (head,) = heads([page], [some])
            said.append(Sibling(page.url, head[TITLE], head[DESCRIPTION]))
        return changes

    changes = asyncio.run(work())
    before, after = heads(pages, [()] * len(pages)), heads(pages, changes)
    held = sum(v.level in ("hold", "refuse") for some in changes for s in some for v in s.verdicts)
    lacking = [
        p for p, head in zip(pages, after, strict=True) if not words.fits_description(head[DESCRIPTION])
    ]
    for page in lacking:
        print(f"    no description: {page.url}, {len(describing.own_words(page))} characters of its own")
    return {
        "pages": len(pages),
        "lacking": len(lacking),
        # Pages that could have one, and have none.
        "missed": sum(len(describing.own_words(page)) >= words.DESCRIPTION_MIN for page in lacking),
        "right_before": right(before),
        "right_after": right(after),
        "fit_after": sum(map(is_fit, after)),
        "titles_fit": sum(words.fits_title(head[TITLE]) and bool(head[TITLE]) for head in after),
        "descriptions_fit": sum(words.fits_description(head[DESCRIPTION]) for head in after),
        "held": held,
        "bad_alts_before": sum(len(_bad_alts(page)) for page in pages),
        "alts_mended": sum(
            len(_bad_alts(page) & {s.target for s in some if s.text})
            for page, some in zip(pages, changes, strict=True)
        ),
    }


def _bad_alts(page: PageText) -> set[str]:
    """Pictures with a file's name for their text, or with none, of those that are worked on."""
    lines = tiers.select(page, "full")
    return {line.target for line in lines if line.label == "alt" and words.is_file_name(line.original)}


def figures(is_quick: bool) -> dict[str, Any]:
    sites = {"made site": (optimizer_pages.made(100 if is_quick else 1000), Brief(company="Repairs by Post"))}
    for name, pages in optimizer_pages.themes().items():
        sites[name] = (pages[: 10 if is_quick else 60], Brief())
    total: Counter[str] = Counter()
    for name, (pages, brief) in sites.items():
        found = measure(pages, brief)
        total.update(found)
        print(f"  {name}: {found}", flush=True)
    return {
        "offline_pages": total["pages"],
        "offline_gain": round((total["right_after"] - total["right_before"]) / total["pages"], 4),
        "offline_fit_share": round(total["fit_after"] / total["pages"], 4),
        "offline_title_share": round(total["titles_fit"] / total["pages"], 4),
        "offline_description_share": round(total["descriptions_fit"] / total["pages"], 4),
        "offline_pages_without_words": total["lacking"] - total["missed"],
        "offline_descriptions_missed": total["missed"],
        "offline_alts_mended_share": round(total["alts_mended"] / max(1, total["bad_alts_before"]), 4),
        "offline_held": total["held"],
    }
