"""Hostile answers in every place of a page, and what of them would be stored."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import html_payloads

from optimizer import Brief, CompletionError, optimize
from optimizer.tests import hostile

# Each payload stands alone and inside a sentence.
FRAMES = ("{}", "We mend clocks in Leeds {} and look at them in our workshop.")
PAGE = replace(hostile.PAGE, blocks=hostile.PAGE.blocks[:3])


def figures(is_quick: bool) -> dict[str, Any]:
    texts = [*hostile.TEXTS, *list(html_payloads.payloads())[:: 6 if is_quick else 1]]
    answers = [frame.replace("{}", text) for text in texts for frame in FRAMES]
    # What is only text may be stored; it is counted neither way.
    dangerous = [text for text in answers if hostile.is_dangerous(text)]
    leaked = [text for text in dangerous if _stored(hostile.Model(text))]
    whole = [answer for answer in hostile.ANSWERS if _stored(hostile.Model(whole=answer))]
    for text in leaked[:5] + whole:
        print(f"  STORED: {text[:150]!r}")
    tried = len(dangerous) + len(hostile.ANSWERS)
    print(f"Hostile answers refused: {tried - len(leaked) - len(whole)} of {tried}, in 4 places each")
    return {
        "hostile_answers": tried,
        "hostile_refused_share": round(1 - (len(leaked) + len(whole)) / tried, 4),
    }


def _stored(model: hostile.Model) -> list[str]:
    """Dangerous texts that the pipeline would store."""
    try:
        found = asyncio.run(optimize(PAGE, Brief(), "full", model))
    except CompletionError:
        return []
    texts = [re.sub(r"</?[a-z]+[0-9]+/?>", "", suggestion.text or "") for suggestion in found]
    return [text for text in texts if hostile.is_dangerous(text)]
