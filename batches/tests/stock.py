"""What the lives of batches are played with: lines to upload, and what the offline engine says to them."""

import asyncio
import functools

import orjson

from nimbus import packing
from optimizer.offline import OfflineProvider
from optimizer.pipeline import optimize
from optimizer.types import Brief, PageText, Verdict
from tests.cast import block

HELD = Verdict("claims", "hold", "It says more than the page.")


def line(path, text):
    return {
        "page_url": path,
        "source_path": f"dist{path}.html",
        "extraction": {
            "engine": "html",
            "head": {"title": text, "metaDescription": "", "lang": "en"},
            "dimensions": {"location": "Leeds", "service": "Plumber"},
            "above_fold_blocks": [block("Plumber in Leeds", "h1"), block("We mend pipes, day and night.")],
            "rest_of_page_blocks": [],
            "selector_map": {},
        },
    }


@functools.cache
def proposals(body, url, tier):
    """What the offline engine says to a page; the second text, where there is one, is held."""
    page = PageText.from_extraction(orjson.loads(packing.unpack(body)), url)
    said = list(asyncio.run(optimize(page, Brief(), tier, OfflineProvider().complete)))
    for row in said[1:2]:
        said[1] = type(row)(row.target, row.kind, row.original, row.text, (HELD,), 0.3)
    return page, tuple(said)
