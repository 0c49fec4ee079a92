"""The text stays in its language, told by script, by small words and by letters. Holds."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from optimizer.checks.languages import LETTERS, SMALL_WORDS
from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import WORD, fold

ABOUT = "The text is in the language of the page."
ENOUGH_LETTERS = 40
# A text is told to be foreign where at least this share of its words is unknown to the page.
UNKNOWN_SHARE = 0.5
NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def check(subject: Subject) -> Iterator[Verdict]:
    before = subject.old if len(subject.old) >= ENOUGH_LETTERS else subject.known.text
    scripts = (script(before), script(subject.old))
    if script(subject.new) not in scripts and len(subject.new) >= 8 and scripts[0]:
        yield Verdict("language", "hold", "It is written in another script than the original.")
        return
    if sum(map(str.isalpha, subject.new)) < ENOUGH_LETTERS:
        return
    words = WORD.findall(fold(subject.new))
    unknown = sum(word not in subject.known.vocabulary for word in words)
    if unknown < UNKNOWN_SHARE * len(words):
        return
    own = subject.page.language[:2].casefold()
    if own not in SMALL_WORDS or (scores(subject.old)[own] == 0 and len(subject.old) >= ENOUGH_LETTERS):
        # The page may say something else about itself than it speaks.
        own = guess(before) or subject.known.derive(_language)
    found = scores(subject.new)
    wanted = subject.brief.language[:2].casefold()
    if wanted in found and found[wanted] == max(found.values()):
        return
    foreign, most = max(((name, n) for name, n in found.items() if name != own), key=lambda pair: pair[1])
    if most >= (2 if own else 3) and most > found.get(own, 0) and foreign != guess(subject.old):
        yield Verdict(
            "language", "hold", f"It seems to be in another language ({foreign}, was {own or 'other'})."
        )


def _language(known: Known) -> str:
    return guess(known.text)


@lru_cache(maxsize=256)
def scores(text: str) -> dict[str, float]:
    """How much speaks for each language: its small words, and letters that others lack."""
    counts = Counter(WORD.findall(text[:4000].casefold()))
    letters = Counter(text[:4000].casefold())
    return {
        name: sum(counts[word] for word in words if word in counts)
        + sum(letters[letter] for letter in LETTERS.get(name, "")) * 0.5
        for name, words in SMALL_WORDS.items()
    }


@lru_cache(maxsize=64)
def guess(text: str) -> str:
    """The language that stands out clearly, else nothing."""
    (best, most), (_, second) = Counter(scores(text)).most_common(2)
    return best if most >= 3 and most >= second * 1.5 else ""


@lru_cache(maxsize=64)
def script(text: str) -> str:
    text = text[:4000]
    names = Counter({"Latin": len(text.encode("ascii", "ignore").translate(None, NO_LETTERS))})
    # Each other letter is looked at once, however often it stands there.
    for character, times in Counter(NOT_ASCII.findall(text)).items():
        if character.isalpha():
            names[_script(character)] += times
    name, times = names.most_common(1)[0]
    return name if times else ""


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0].capitalize()
    # One kind of writing, used side by side.
    return "Cjk" if name in ("Cjk", "Hiragana", "Katakana") else name
