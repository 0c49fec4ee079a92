"""The words that a template shows: text, and attributes that people read, out of translation tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TRANSLATED = r"{%\s*(?:blocktrans|comment).*?{%\s*end(?:blocktrans|comment)\w*\s*%}"
BLOCK = rf"(?:{TRANSLATED}|{{%.*?%}}|{{#.*?#}})"
VALUE = rf'"(?:{BLOCK}|{{{{.*?}}}}|[^"])*"'
# A tag of HTML with whatever stands in it, tags of the template too.
TAG = rf"</?[a-zA-Z](?:{BLOCK}|{{{{.*?}}}}|{VALUE}|'[^']*'|[^>\"'])*>"
# What stands in these is code, or the name of a key.
CODE = r"<(?P<code>script|style|pre|code|kbd)\b.*?</(?P=code)>"
# A class of the page and no word.
CLASS = r"{%\s*block page_class\s*%}.*?{%\s*endblock\s*%}"
BREAK = re.compile(rf"{CODE}|{CLASS}|{TRANSLATED}|<!.*?>|{TAG}|{BLOCK}", re.DOTALL)
BLOCKS = re.compile(BLOCK, re.DOTALL)
ATTRIBUTE = re.compile(rf"([\w:.-]+)=({VALUE})", re.DOTALL)
READ = {"title", "aria-label", "aria-description", "aria-roledescription", "placeholder", "alt", "data-label"}
TOKEN = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
# Words that a template hands to another one: {% include … with title="Shell" %}.
HANDED = re.compile(r"\b(?:title|label|verb|name|words)=\"([A-Z][^\"]*)\"")
# Names, units and marks that are the same in every language.
SAME = re.compile(r"Nimbus|gulp|JSON|CSV|ZIP|UTC|\bpx\b|\bms\b|Ctrl|Cmd|&\w+;|&#\w+;|https?:\S+|\w+\.mjs")


@dataclass(frozen=True, slots=True)
class Run:
    """Text with no tag in it, of HTML or of the template; variables may be."""

    start: int
    end: int
    # The attribute that it is of; empty for text.
    attribute: str = ""


def gaps(pattern: re.Pattern[str], source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What lies between the matches."""
    for found in pattern.finditer(source, start, end):
        yield start, found.start()
        start = found.end()
    yield start, end


def runs(source: str) -> list[Run]:
    """Every run of a template that people see, in order; those in translation tags are left out."""
    found = [Run(start, end) for start, end in gaps(BREAK, source, 0, len(source)) if start < end]
    for tag in BREAK.finditer(source):
        for attribute in ATTRIBUTE.finditer(tag[0]) if tag[0].startswith("<") else ():
            if attribute[1] in READ:
                start, end = (tag.start() + place for place in attribute.span(2))
                found += [Run(*gap, attribute[1]) for gap in gaps(BLOCKS, source, start + 1, end - 1)]
    return sorted(found, key=lambda run: run.start)


def is_worded(text: str) -> bool:
    """Whether a run holds words that somebody would translate."""
    return bool(re.search(r"[^\W\d_]{2}", SAME.sub(" ", TOKEN.sub(" ", text))))


def unmarked(source: str) -> Iterator[tuple[int, str]]:
    """(line, words) of each run that no translation reaches."""
    for run in runs(source):
        # A tag may end in either branch of an {% if %}; what stands before its end is no text.
        text = source[run.start : run.end].rpartition(">")[2]
        if is_worded(text):
            yield source.count("\n", 0, run.start) + 1, " ".join(text.split())
    for token in TOKEN.finditer(source):
        for handed in HANDED.finditer(token[0] if token[0].startswith("{% include") else ""):
            if is_worded(handed[1]):
                yield source.count("\n", 0, token.start()) + 1, handed[1]
