"""What changes of many pages have in common: their wording without what is each page's own.

Dimension values are taken out, and the numbers and names that the page itself holds. A text with another
page's place or brand keeps it, so it is unlike its sisters and stays a single exception.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from optimizer.masks import MARK, Mask
from optimizer.types import PageText

NUMBER = re.compile(r"(?:[£$€] ?)?\d+(?:[.,:/ \u00a0\u202f]\d+)*%?")
# Not at the start of a sentence, where copy has a capital anyway.
NAME = re.compile(r"(?<=[\w,;⟧] )[A-ZÀ-Þ][\w’'-]*(?: [A-ZÀ-Þ][\w’'-]*)*")
OWN = re.compile(r"⟦([#@])⟧(?: ⟦[#@]⟧)*")
SLOT = re.compile(rf"{MARK.pattern}|⟦([#@])⟧")
OWN_NAMES = {"#": "number", "@": "name"}
# Every noun has a capital there, so it tells no name.
NOUNS_HAVE_CAPITALS = ("de", "lb")


@dataclass(frozen=True, slots=True)
class Abstraction:
    """One page's own words, to be taken out of its texts."""

    mask: Mask
    held: str
    numbers: frozenset[str]
    has_names: bool

    @classmethod
    def of(cls, page: PageText) -> Abstraction:
        held = "\n".join((*(block.content for block in page.blocks), *page.head.values()))
        has_names = not page.language.casefold().startswith(NOUNS_HAVE_CAPITALS)
        return cls(Mask.of(page), held, frozenset(NUMBER.findall(held)), has_names)

    def of_text(self, text: str) -> str:
        """The text with marks for dimension values, and for numbers and names that the page holds."""
        # Names first: a mark for a number would hide where one begins.
        hidden = self.mask.hide(text)
        if self.has_names:
            hidden = NAME.sub(lambda match: "⟦@⟧" if match[0] in self.held else match[0], hidden)
        # A price is no year: “£145” on the page vouches for no “since 145”.
        hidden = NUMBER.sub(lambda match: "⟦#⟧" if match[0] in self.numbers else match[0], hidden)
        return OWN.sub(r"⟦\1⟧", hidden)

    def key(self, place: str, before: str, after: str) -> str:
        """Equal for changes that are alike: in the same kind of place, from and to the same wording."""
        parts = (place, self.of_text(before), self.of_text(after))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def pieces(abstract: str) -> list[tuple[str, str]]:
    """For display: runs of text and the names of what was taken out, as ("slot", "location")."""
    found: list[tuple[str, str]] = []
    at = 0
    for match in SLOT.finditer(abstract):
        found.append(("same", abstract[at : match.start()]))
        found.append(("slot", match[2] or OWN_NAMES[match[3]]))
        at = match.end()
    found.append(("same", abstract[at:]))
    return [(kind, text) for kind, text in found if text]
