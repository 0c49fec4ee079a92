"""No new number, price, date, phone or e-mail; none lost. Holds."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import is_file_name, listed

EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
CODE = re.compile(
    r"(?<![\w\-/])(?=[A-Z0-9\-/]*[0-9])(?=[A-Z0-9\-/]*[A-Z])[A-Z0-9]+(?:[\-/][A-Z0-9]+)*(?![\w\-])"
)
NUMBER = re.compile(
    r"""(?:(?:[$€£¥₹]|usd|eur|gbp|chf)\s?)?
    [+\-]?\d[\d.,:/'\ ]*
    (?:\s?(?:%|[$€£¥₹]|(?:percent|prozent|usd|eur|euros?|chf)\b))?""",
    re.IGNORECASE | re.VERBOSE,
)
UNITS = {"percent": "%", "prozent": "%", "euro": "€", "euros": "€", "eur": "€", "usd": "$", "gbp": "£"}
# Numbers and days in words; words that are mostly something else (one, may, march) are left out.
SPELLED = listed(
    """
    two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy
    eighty ninety hundred hundreds thousand thousands million millions dozen dozens half twice double
    triple decade decades century zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig
    dreißig fünfzig hundert hunderte tausend tausende millionen dutzend doppelt halb jahrzehnte
    jahrhundert january february april june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday tomorrow tonight januar februar märz juni juli oktober
    dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
    """
)


def check(subject: Subject) -> Iterator[Verdict]:
    before, after = facts(subject.old), facts(subject.new)
    fresh = [fact for fact in after if fact not in before]
    # Reading the whole page costs the most of all checks, and few texts state anything fresh.
    known = subject.known.derive(_known_facts) if fresh else Counter[str]()
    new = [fact for fact in fresh if fact not in known]
    if new:
        yield Verdict("facts", "hold", f"It states something that the page does not: {_few(new)}.")
    moved = [fact for fact in fresh if fact in known]
    # A title and a description are made of what the page says elsewhere.
    if moved and subject.kind == "block":
        yield Verdict(
            "facts", "note", f"It takes {_few(moved)} from elsewhere on the page or from the fact sheet."
        )
    # The digits of a file name say nothing about the picture.
    lost = [] if subject.type == "alt" and is_file_name(subject.old) else list((before - after).keys())
    if lost:
        yield Verdict("facts", "hold", f"It drops {_few(lost)}.")


def _known_facts(known: Known) -> Counter[str]:
    return facts(known.text)


def facts(text: str) -> Counter[str]:
    """Every checkable statement in one spelling each, so that 1,000 € and €1000 are equal."""
    text = unicodedata.normalize("NFKC", text)
    found = Counter(EMAIL.findall(text.casefold()))
    text = EMAIL.sub(" ", text)
    found.update(CODE.findall(text))
    text = CODE.sub(" ", text)
    found.update(_number(match) for match in NUMBER.findall(text))
    found.update(word for word in re.findall(r"[^\W\d_]+", text.casefold()) if word in SPELLED)
    return found


@lru_cache(maxsize=4096)
def _number(raw: str) -> str:
    raw = raw.casefold()
    unit = "".join(
        sorted(set(re.findall(r"[%$€£¥₹]", raw)) | {UNITS.get(w, w) for w in re.findall(r"[a-z]+", raw)})
    )
    digits = raw.strip(" .,:/'-")
    digits = re.sub(r"[^\d.,:/+]", "", digits).strip(".,:/")
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits)
    return unit + digits.replace(",", ".")


def _few(facts: list[str]) -> str:
    shown = ", ".join(fact[:40] for fact in facts[:3])
    return shown + (", …" if len(facts) > 3 else "")
