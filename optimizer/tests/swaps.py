"""Names exchanged for others of their kind: the most harmful mistake on a site of places and brands."""

import re
from collections.abc import Iterator
from random import Random

from optimizer import inline, words
from optimizer.checks.names import names
from optimizer.checks.subject import Known
from optimizer.tests.damage import in_texts
from optimizer.types import Block, PageText

OTHERS = {
    "location": ("Nottingham", "Plymouth", "Aberdeen", "Norwich", "Swansea"),
    "brand": ("Hublot", "Casio", "Panerai", "Zenith", "Oris"),
    "service": ("key cutting", "shoe repair", "engraving"),
}
NAMES = ("Northgate", "Bellweather", "Kestrel", "Solvang", "Trummond", "Zephyrine")


def swapped(page: PageText, known: Known, block: Block, draw: Random) -> Iterator[tuple[str, str]]:
    """(kind, text) for a dimension value, and for a name that the running text shows, in this block."""
    plain = inline.plain(block.content)
    for name, value in page.dimensions.items():
        value = value.replace("-", " ")
        if name in OTHERS and words.holds(plain, value):
            yield f"dimension {name}", _replace(block.content, value, draw.choice(OTHERS[name]))
    if page.language.startswith("de"):
        return
    found = [name for name in names(plain) if name.isalpha() and len(name) > 3 and name.istitle()]
    if found:
        other = draw.choice([name for name in NAMES if name.casefold() not in known.vocabulary])
        yield "name", _replace(block.content, draw.choice(found), other)


def _replace(content: str, old: str, new: str) -> str:
    pattern = re.compile(rf"(?i)(?<!\w){re.escape(old)}(?!\w)")
    return in_texts(content, lambda text: pattern.sub(new, text))
