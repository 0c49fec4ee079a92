"""The text stays in its language, told by script and by the commonest words. Holds."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from optimizer.checks.subject import Subject
from optimizer.types import Verdict
from optimizer.words import WORD

COMMON = {
    "en": "the and of to in is for with you your our we are on that this at from it be have by as",
    "de": "der die das und ist zu den mit für sie wir ihre von auf ein eine nicht im dem bei auch oder sind",
    "fr": "le la les et des est pour vous nous votre avec dans une un du au sur que qui ce sont nos",
    "es": "el la los las y de en es para con su una un por que nuestro nuestra del se al sus más",
    "it": "il la gli e di in è per con una un del della che nostro sono vostro nel alla le i si",
    "nl": "de het een en van in is voor met u uw onze wij op dat zijn bij naar ook om te",
    "pl": "i w na z do jest się nie dla oraz od po przez to że nasz są jak lub",
    "pt": "o a os as e de em é para com seu uma um por que nosso do da no na são",
}
WORDS = {language: frozenset(text.split()) for language, text in COMMON.items()}
ENOUGH_LETTERS = 40


def check(subject: Subject) -> Iterator[Verdict]:
    before = subject.old if len(subject.old) >= ENOUGH_LETTERS else subject.known.text
    if script(subject.new) != script(before) and len(subject.new) >= 8 and script(before):
        yield Verdict("language", "hold", "It is written in another script than the original.")
        return
    if sum(map(str.isalpha, subject.new)) < ENOUGH_LETTERS:
        return
    old, new = guess(before), guess(subject.new)
    if old and new and old != new:
        yield Verdict("language", "hold", f"It seems to be in another language ({new}, was {old}).")


@lru_cache(maxsize=64)
def guess(text: str) -> str:
    """The language whose commonest words stand out clearly, else nothing."""
    counts = Counter(WORD.findall(text.casefold()))
    scores = Counter({language: sum(counts[word] for word in common) for language, common in WORDS.items()})
    (best, most), (_, second) = scores.most_common(2)
    return best if most >= 3 and most >= second * 1.5 else ""


@lru_cache(maxsize=64)
def script(text: str) -> str:
    # A page is judged as a whole, so each letter is looked at once, however often it stands there.
    names: Counter[str] = Counter()
    for character, times in Counter(text[:4000]).items():
        if character.isalpha():
            names["Latin" if character.isascii() else _script(character)] += times
    return names.most_common(1)[0][0] if names else ""


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0].capitalize()
    # One kind of writing, used side by side.
    return "Cjk" if name in ("Cjk", "Hiragana", "Katakana") else name
