"""Rules that better a line with the page's own words and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from optimizer import inline, words
from optimizer.checks.slips import DOUBLED, MAY_DOUBLE, is_shouted

SEPARATOR = re.compile(r"\s+[|–—·»•-]\s+|\s*[|»•]\s*")
NAMELESS = frozenset(
    {"home", "homepage", "index", "untitled", "untitled document", "document", "new page", "page"}
)
# Of a picture these say no more than that it is one.
NAMELESS_PICTURES = words.listed(
    "image picture photo photos thumb thumbnail banner slide background cover header hero placeholder sample "
    "default main content screenshot untitled avatar icon portfolio gallery"
)
HEAD = ("title", "description")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SHORT_TITLE = 30
PLACES = ("location", "city", "town", "place", "region", "area")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the rules may use: the page in plain words, by label and in reading order."""

    lines: Sequence[tuple[str, str]]
    dimensions: dict[str, str]
    company: str = ""
    language: str = ""
    spellings: dict[str, str] = field(default_factory=dict)
    # Titles and descriptions of sister pages, folded.
    taken: frozenset[str] = frozenset()

    def first(self, *labels: str) -> str:
        return next((text for label, text in self.lines if label in labels and text), "")

    def all(self, *labels: str) -> list[str]:
        return [text for label, text in self.lines if label in labels and text]

    def spell(self, value: str) -> str:
        """A dimension value as the page writes it: `watch-repair` becomes “Watch Repair”."""
        value = re.sub(r"[-_]+", " ", value).strip()
        known = self.spellings.get(words.fold(value))
        return known or " ".join(
            part if any(map(str.isupper, part)) else part.capitalize() for part in value.split()
        )

    def names(self) -> list[tuple[str, str]]:
        return [(name, self.spell(value)) for name, value in self.dimensions.items() if len(value) <= 40]


def title(old: str, sheet: Sheet, wanted: str = "") -> Iterator[str]:
    """Better titles, the best first: as the brief wants it, else subject, dimension values, site's name."""
    if wanted:
        yield wanted[:1].upper() + wanted[1:]
    if is_good_title(old, sheet):
        return
    # A title that differs from the old one by no more than a dash is no better.
    same = _bare(old)
    for text in _titles(old, sheet):
        if words.fold(text) in sheet.taken:
            continue
        if _bare(text) == same:
            return
        yield text


def _bare(title: str) -> str:
    return " ".join(words.WORD.findall(words.fold(title)))


def _titles(old: str, sheet: Sheet) -> Iterator[str]:
    segments = [part for part in SEPARATOR.split(old) if part and words.fold(part) not in NAMELESS]
    top = calm(sheet.first("h1") or sheet.first("h2"), sheet)
    # A title of one part names the page, not the site.
    has_site = len(segments) > 1 or (segments and not sheet.company)
    site = segments[-1] if has_site else sheet.company
    names = [value for _, value in sheet.names()]
    # The subject that names most of the dimensions reads best; the title's own goes first among equals.
    subjects = [text for text in dict.fromkeys((*segments[:1], top, *segments[1:])) if text]
    subjects.sort(key=lambda text: -sum(words.holds(text, name) for name in names))
    for subject in subjects:
        full = with_dimensions(calm(subject, sheet).rstrip(" .:"), sheet)
        ends = [f" | {site}", ""] if site and not words.holds(full, site) else [""]
        yield from (full + end for end in ends if words.fits_title(full + end))
    # Where a sister page has the same title, a heading of this page tells the two apart.
    for heading in sheet.all("h2", "h3", "h4") if words.fold(old) in sheet.taken else ():
        full = f"{calm(heading, sheet).rstrip(' .:')} | {segments[0] if segments else sheet.company}"
        yield from ([full] if words.fits_title(full) else [])
    yield from _cut_title(old)
    if not old and not top:
        # Whatever the page says first is better than no title.
        first = next((text for label, text in sheet.lines if label not in HEAD and text), "")
        yield from [tidy(first).rstrip(" .:")] if words.fits_title(first) else _cut_title(first)


def is_good_title(old: str, sheet: Sheet) -> bool:
    complete = all(words.holds(old, value) for _, value in sheet.names())
    is_own = words.fold(old) not in sheet.taken
    fits = len(old) >= SHORT_TITLE and words.fits_title(old)
    return fits and complete and is_own and not is_shouted(old)


def _cut_title(old: str) -> Iterator[str]:
    parts = old[:200].split(" ")
    if words.fits_title(old):
        return
    while len(parts) > 3:
        parts.pop()
        candidate = " ".join(parts).rstrip(" ,;:|–—-·&")
        if words.fits_title(candidate):
            yield candidate
            return


def with_dimensions(subject: str, sheet: Sheet) -> str:
    """The subject with the dimension values that it does not name yet."""
    missing = [(name, value) for name, value in sheet.names() if not words.holds(subject, value)]
    other = [value for name, value in missing if name not in PLACES]
    place = next((value for name, value in missing if name in PLACES), "")
    text = " – ".join([subject, ", ".join(other)]) if other else subject
    if not place:
        return text
    english = (sheet.language or "en").startswith("en")
    return f"{text} in {place}" if english and not re.search(r"(?i)\bin\b", text) else f"{text}, {place}"


def heading(old: str, sheet: Sheet, label: str) -> Iterator[str]:
    """A heading without shouting; an h1 also says which place, brand or service it is about."""
    tidy_ = tidy(old)
    calmed = _in_texts(tidy_, lambda text: calm(text, sheet)) if is_shouted(inline.plain(tidy_)) else tidy_
    if (
        label == "h1"
        and len(inline.plain(calmed)) <= 45
        and not calmed.endswith((">", ".", "?", "!", ":", "…"))
    ):
        yield inline.repair(with_dimensions(calmed, sheet))
    yield calmed


def calm(text: str, sheet: Sheet) -> str:
    """Capitals throughout become a sentence, names spelled as elsewhere on the page."""
    if not is_shouted(text):
        return text
    out = [sheet.spellings.get(words.fold(part)) or _lower(part) for part in text.split(" ")]
    line = " ".join(out)
    for _, value in sheet.names():
        line = re.sub(rf"(?i)(?<!\w){re.escape(value)}(?!\w)", value, line)
    return line[:1].upper() + line[1:]


def _lower(part: str) -> str:
    # Short words without a vowel, or with a digit, are abbreviations.
    core = part.strip(".,:;!?()")
    is_short = len(core) <= 4 and not re.search(r"[AEIOUYÄÖÜ]", core)
    return (
        part if is_short or any(map(str.isdigit, core)) or (len(core) == 1 and core != "A") else part.lower()
    )


def _is_telling(stem: str, parts: Sequence[str]) -> bool:
    """Whether the name of a picture's file says what it shows."""
    is_word = len(parts) == 1 and parts[0].isalpha() and len(parts[0]) >= 4
    is_nameless = NAMELESS_PICTURES.issuperset(map(str.casefold, parts))
    return (len(parts) >= 2 or is_word) and not is_nameless and not words.CAMERA.match(stem)


def alt(old: str, sheet: Sheet, near: str) -> Iterator[str]:
    """Words instead of a file name: those in the name, else the heading that the picture stands under."""
    if not words.is_file_name(old):
        yield tidy(old)
        return
    stem = re.sub(r"\.[A-Za-z]{3,4}\s*\Z", "", old.strip())
    parts = [
        part
        for part in re.split(r"[-_.\s]+", stem)
        if not re.fullmatch(r"\d+(?:x\d+)?|v\d+|min|scaled", part)
    ]
    if _is_telling(stem, parts):
        line = " ".join(sheet.spellings.get(words.fold(part), part) for part in parts)
        line = sheet.spellings.get(words.fold(line), line)
        yield line[:1].upper() + line[1:]
    elif near:
        yield calm(near, sheet)


def tidy(text: str) -> str:
    """Mend doubled words, doubled spaces and space before a full stop or comma; all else stays."""
    return _in_texts(text, _mend)


def _mend(text: str) -> str:
    text = re.sub(r"[ \u00a0]{2,}", " ", text)
    text = re.sub(r"(?<=\w) +([,.])(?=\s|\Z)", r"\1", text)
    text = re.sub(r"!{2,}", "!", text)
    return DOUBLED.sub(lambda m: m.group() if m.group(1).casefold() in MAY_DOUBLE else m.group(1), text)


def _in_texts(content: str, change: Callable[[str], str]) -> str:
    parts = inline.pieces(content)
    return "".join(part if inline.TAG.fullmatch(part) else change(part) for part in parts)
