"""Small facts about words: pixel widths of a search result's title, vocabularies, file names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TITLE_PIXELS, TITLE_CHARS, TITLE_FONT_PX = 580, 70, 20
DESCRIPTION_MIN, DESCRIPTION_MAX = 70, 160
DESCRIPTION_PIXELS, DESCRIPTION_FONT_PX = 920, 14
WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
FILE_NAME = re.compile(
    r"\A\s*[\w\-. %()]*[\w)]\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)\s*\Z", re.IGNORECASE
)
SLUG = re.compile(r"\A(?=.*[-_])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+\Z")
CAMERA = re.compile(
    r"\A(?:img|dsc|dscn|dscf|image|photo|picture|pic|screenshot|untitled)[-_ ]?[0-9]*\Z", re.IGNORECASE
)
# Widths of Arial in thousandths of the font size, grouped.
_WIDTHS = {
    222: "ijl‘’'",
    278: " !,./:;Ift[]\\",
    333: "()-`r“”·",
    355: '"•',
    389: "*",
    500: "ckvxyzsJ",
    556: "0123456789abdeghnopqu?_$#£€L–»«",
    584: "+<=>~",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "—…™",
    1015: "@",
    260: "|",
    334: "{}",
    469: "^",
}
WIDTHS = {character: width for width, characters in _WIDTHS.items() for character in characters}


def spelled(value: str) -> str:
    """A dimension value as words: `watch-repair` is “watch repair”."""
    return " ".join(re.sub(r"[-_]+", " ", value).split())


def pixels(text: str, font_px: int = TITLE_FONT_PX) -> int:
    """Width in Arial, by default at the size search results show titles in."""
    return round(sum(map(_width, text)) * font_px / 1000)


def fits_description(text: str) -> bool:
    is_long_enough = DESCRIPTION_MIN <= len(text) <= DESCRIPTION_MAX
    return is_long_enough and pixels(text, DESCRIPTION_FONT_PX) <= DESCRIPTION_PIXELS


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    base = unicodedata.normalize("NFD", character)[0]
    wide = 1000 if unicodedata.east_asian_width(base) in "WF" else 600
    return WIDTHS.get(character) or WIDTHS.get(base, wide)


def fits_title(text: str) -> bool:
    return len(text) <= TITLE_CHARS and pixels(text) <= TITLE_PIXELS


def fold(text: str) -> str:
    """Text for comparing: compatibility forms, cases and kinds of white space made equal."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("-", " ")
    return " ".join(text.split())


def vocabulary(text: str) -> frozenset[str]:
    return folded_vocabulary(fold(text))


def folded_vocabulary(folded: str) -> frozenset[str]:
    """The words of a folded text, those that own something without their 's as well."""
    # What stands there often is looked at once.
    words = set(WORD.findall(" ".join(set(folded.split()))))
    return frozenset(words | {word.removesuffix("'s") for word in words})


def is_file_name(text: str) -> bool:
    """An image's file name where a description of the picture should stand."""
    return bool(FILE_NAME.match(text) or SLUG.match(text.strip()) or CAMERA.match(text.strip()))


def listed(text: str) -> frozenset[str]:
    """A word list written as running text."""
    return frozenset(text.split())


def holds(text: str, term: str) -> bool:
    """Whether a term stands in the text as whole words, whatever its case."""
    term = fold(term)
    return bool(term) and re.search(rf"(?<!\w){re.escape(term)}(?!\w)", fold(text)) is not None
