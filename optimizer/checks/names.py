"""No name that the page does not know. Holds, where a capital letter tells a name."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Level, Verdict
from optimizer.words import WORD, listed, vocabulary

ABOUT = "Names of places, brands and people are those that the page, its dimensions or the brief name."
# Words that copy writes with a capital without naming anything.
ORDINARY = listed(
    """
    a about after all an and any are as at be before book browse by buy call care choose compare contact
    discover easy every expert experts explore fast find for friendly from full get guide help helpful
    here home how i if in info information is it its learn local make more near new no not of on online
    open or our out overview plan prices professional quality quick read reliable repair repairs safe see
    service services shop simple start the their them this tips to today up use view visit we welcome what
    when where which who why with without you your specialist specialists
    """
)
SENTENCE_START = re.compile(r"(?:^|[.!?:;•|–—\-\"“„(«…/]\s*)\Z")
NOUNS_HAVE_CAPITALS = ("de", "lb")


def check(subject: Subject) -> Iterator[Verdict]:
    language = (subject.brief.language or subject.page.language).casefold()
    found = [name for name in names(subject.parted) if not vocabulary(name) & subject.known.vocabulary]
    # A German noun's capital says nothing, so it cannot hold a text back by itself.
    level: Level = "note" if language.startswith(NOUNS_HAVE_CAPITALS) else "hold"
    if found:
        few = ", ".join(name[:40] for name in found[:3])
        yield Verdict("names", level, f"It names something that the page does not: {few}.")


def names(text: str) -> list[str]:
    """Capitalised words that neither are ordinary nor start a sentence; inner capitals always count."""
    found = []
    for match in WORD.finditer(text):
        word = match.group()
        inner = any(map(str.isupper, word[1:]))
        if not (inner or word[0].isupper()) or word.casefold() in ORDINARY:
            continue
        # In a title or heading the first word may well be the name itself, but copy has to start somehow.
        if inner or not SENTENCE_START.search(text[max(0, match.start() - 3) : match.start()]):
            found.append(word)
    return found
