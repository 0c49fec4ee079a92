"""Descriptions out of a page's own sentences, and where it has none, out of its headings and labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from optimizer import inline, words
from optimizer.rewriting import HEAD, Sheet, calm, tidy, with_dimensions
from optimizer.tiers import SHARED_REGIONS
from optimizer.types import TITLE, PageText

SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…](?![\s\"”’)]|\Z)[^.!?…]*)*[.!?…]+[\"”’)]*(?=\s|\Z)")
CLAUSE = re.compile(r"[,;:–—]\s")
# A description never needs more, and looking for sentences in endless text would take long.
LONGEST_READ = 3_000
# Where copy stands, where topics stand, and what at least tells them by name.
COPY = ("p", "lead", "blockquote", "li", "dd", "figcaption", "td", "div", "span")
TOPICS = ("h2", "h3", "h4", "h5", "h6")
LABELS = (
    "dt",
    "th",
    "li",
    "a",
    "button",
    "label",
    "legend",
    "summary",
    "td",
    "p",
    "span",
    "div",
    "nav",
    "alt",
)
ENDS = " .:;,!?–—-|•·"
LONGEST_TOPIC = 48
MOST_TOPICS = 40


def own_words(page: PageText) -> str:
    """What a page says outside of navigation and footer, each text once: a description is made of this."""
    blocks = (inline.plain(block.content) for block in page.blocks if block.region not in SHARED_REGIONS)
    texts = {words.fold(text): text for text in (page.head.get(TITLE) or "", *blocks)}
    return " ".join(" ".join(text.split()) for text in texts.values() if any(map(str.isalpha, text)))


def description(old: str, sheet: Sheet) -> Iterator[str]:
    """Descriptions that fit a search result, the best first; none where the old one does."""
    if words.fits_description(old) and words.fold(old) not in sheet.taken:
        return
    yield from (text for text in _descriptions(old, sheet) if words.fold(text) not in sheet.taken)


def _descriptions(old: str, sheet: Sheet) -> Iterator[str]:
    own = sentences(old)
    copy = [part for text in sheet.all(*COPY) for part in sentences(text)]
    names = [value for _, value in sheet.names()]
    # Sentences that name this page's dimensions tell it from its sisters.
    copy.sort(key=lambda sentence: -sum(words.holds(sentence, value) for value in names))
    subject = sheet.first("h1") or sheet.first("title") or sheet.first("h2")
    heading = with_dimensions(calm(subject, sheet), sheet).rstrip(" .:!?")
    starts = [own, own + copy] if own else [copy]
    for parts in starts:
        joined = join(parts)
        whole = [f"{heading}: {joined}", f"{heading}: {join(parts, f'{heading}: ')}"]
        complete = all(words.holds(joined, value) for value in names)
        yield from _fitting(*([joined, *whole] if complete else [*whole, joined]))
    for start in dict.fromkeys((heading, calm(sheet.first("title"), sheet).rstrip(" .:!?"))):
        yield from _fitting(listing(start, topics(sheet, start, TOPICS)))
        yield from _fitting(listing(start, topics(sheet, start, TOPICS + LABELS)))
    for text in (old, *copy):
        yield from _fitting(cut(text))
    yield from _fitting(*everything(sheet))


def _fitting(*candidates: str) -> Iterator[str]:
    return (text for text in candidates if words.fits_description(text))


def _has_room(text: str) -> bool:
    is_narrow = words.pixels(text, words.DESCRIPTION_FONT_PX) <= words.DESCRIPTION_PIXELS
    return len(text) <= words.DESCRIPTION_MAX and is_narrow


def join(parts: Sequence[str], before: str = "") -> str:
    """As many whole sentences as have room, each once."""
    chosen: list[str] = []
    for part in dict.fromkeys(parts):
        if _has_room(before + " ".join([*chosen, part])):
            chosen.append(part)
    return " ".join(chosen)


def topics(sheet: Sheet, start: str, labels: Sequence[str]) -> list[str]:
    """Short texts of the page, each once, without those that the start says already."""
    found: dict[str, str] = {}
    for label in labels:
        for text in sheet.all(label):
            short = calm(" ".join(text.split()), sheet).strip(ENDS)
            is_topic = 3 <= len(short) <= LONGEST_TOPIC and any(map(str.isalpha, short))
            if is_topic and not re.search(r"[,;:.!?]|\d", short) and not words.holds(start, short):
                found.setdefault(words.fold(short), short)
        if len(found) > MOST_TOPICS:
            break
    return list(found.values())


def everything(sheet: Sheet) -> Iterator[str]:
    """The last resort of a page with few words: all of them, from each line on in turn."""
    start = tidy(sheet.first("title") or sheet.first("h1")).rstrip(ENDS)
    found: dict[str, str] = {}
    for label, text in sheet.lines:
        short = tidy(text).strip(ENDS)
        if label not in HEAD and any(map(str.isalpha, short)) and words.fold(short) != words.fold(start):
            found.setdefault(words.fold(short), short)
    own = list(found.values())
    if not start and own:
        start, own = own[0], own[1:]
    for first in range(len(own)):
        yield listing(start, own[first:] + own[:first])


def listing(start: str, found: Sequence[str]) -> str:
    """“Start: one, two, three.” with as many as have room."""
    chosen: list[str] = []
    for topic in found:
        if _has_room(f"{start}: {', '.join([*chosen, topic])}."):
            chosen.append(topic)
    return f"{start}: {', '.join(chosen)}." if chosen else ""


def sentences(text: str) -> list[str]:
    """Whole sentences, said calmly."""
    found = (match.strip() for match in SENTENCE.findall(tidy(text[:LONGEST_READ])))
    return [re.sub(r"!(?=\W*\Z)", ".", sentence) for sentence in found if len(sentence.split()) >= 3]


def cut(text: str) -> str:
    """The beginning of a long text, ended at a clause, else at a word with a full stop."""
    if _has_room(text):
        return text
    head = text[: words.DESCRIPTION_MAX - 1]
    while not _has_room(head):
        head = head[:-1]
    clauses = [match.start() for match in CLAUSE.finditer(head) if match.start() >= words.DESCRIPTION_MIN]
    end = clauses[-1] if clauses else head.rfind(" ")
    return head[:end].rstrip(" ,;:–—-") + "."
