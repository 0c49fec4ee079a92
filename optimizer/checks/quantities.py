"""Every checkable quantity in one spelling: 1,000 € is €1000, 5 pm is 17:00, 3 May 2026 is 2026-05-03."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from optimizer.words import listed

Pattern = re.Pattern[str]
Spell = Callable[[re.Match[str]], str]
EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
CODE = re.compile(
    r"(?<![\w\-/])(?=[A-Z0-9\-/]*[0-9])(?=[A-Z0-9\-/]*[A-Z])[A-Z0-9]+(?:[\-/][A-Z0-9]+)*(?![\w\-])"
)
_MONTHS = (
    "january jan januar janvier enero gennaio", "february feb februar février febrero febbraio",
    "march mar märz mars marzo", "april apr avril abril aprile", "may mai mayo maggio",
    "june jun juni juin junio giugno", "july jul juli juillet julio luglio",
    "august aug août agosto", "september sep sept septembre septiembre settembre",
    "october oct oktober okt octobre octubre ottobre", "november nov novembre noviembre",
    "december dec dezember dez décembre diciembre dicembre",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DATE = re.compile(
    rf"""(?<![\d.\-/])(?:
    (?P<iso>\d{{4}}-\d\d-\d\d)(?![\d\-]) | (?P<dots>\d\d?\.\d\d?\.\d{{4}})(?!\d) |
    (?P<day>\d\d?)(?:st|nd|rd|th|\.)?\ (?:of\ |de\ )?(?P<month>{_MONTH})\b\.?
    (?:,?\ (?P<year>\d{{4}})(?!\d))? |
    (?<!\w)(?P<first>{_MONTH})\b\.?\ (?P<second>\d\d?)(?:st|nd|rd|th)?(?!\d)(?:,?\ (?P<last>\d{{4}})(?!\d))?
    )""",
    re.IGNORECASE | re.VERBOSE,
)
TIME = re.compile(
    r"""(?<![\d:.,/\-])(?P<hour>[01]?\d|2[0-4])
    (?:(?:[:.](?P<minute>[0-5]\d))?\ ?(?P<half>a\.?m\b\.?|p\.?m\b\.?|uhr\b|o'clock\b)
    | h(?P<french>[0-5]\d)(?!\d) | :(?P<plain>[0-5]\d)(?![\d:]))""",
    re.IGNORECASE | re.VERBOSE,
)
PHONE = re.compile(
    r"(?<![\w+.,'’])(?<!\d )(?:\+|\(?0)(?=(?:[^\w]{0,2}\d){7})"
    r"\d{0,4}\)?(?:[ /.\-]?\(?\d{1,6}\)?){2,7}(?![\w])"
    r"|(?<![\w+\-])\(?\d{3}\)?[ .\-]\d{3}[.\-]\d{4}(?![\w\-])"
)
_UNITS = {
    "%": "percent prozent %", "$": "$ usd dollar dollars", "€": "€ eur euro euros", "£": "£ gbp",
    "¥": "¥ jpy yen", "₹": "₹ inr", "CHF": "chf", "zł": "zł pln", "kr": "kr sek nok dkk",
    "km": "km kilometre kilometres kilometer kilometers", "m": "m metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters", "mm": "mm millimetre millimetres millimeter",
    "mi": "mi mile miles", "ft": "ft foot feet", "in": "inch inches", "kg": "kg kilo kilos kilogram",
    "g": "g gram grams gramm", "mg": "mg", "lb": "lb lbs", "l": "l litre litres liter liters",
    "ml": "ml", "h": "h hr hrs hour hours stunde stunden", "min": "min mins minute minutes minuten",
    "s": "s sec secs second seconds sekunde sekunden", "d": "day days tag tage tagen",
    "wk": "week weeks woche wochen", "mo": "month months monat monate monaten",
    "yr": "year years yr yrs jahr jahre jahren", "W": "w watt watts", "kW": "kw", "kWh": "kwh", "V": "v volt",
    "GB": "gb gigabyte gigabytes", "MB": "mb megabyte megabytes", "TB": "tb terabyte terabytes",
    "°C": "°c ℃", "°F": "°f", "m²": "m² sqm", "px": "px pixel pixels",
}  # fmt: skip
UNITS = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings.split()}
_SIGN = r"[$€£¥₹]"
_WORD_UNITS = "|".join(sorted((re.escape(u) for u in UNITS if u[0].isalpha()), key=len, reverse=True))
QUANTITY = re.compile(
    rf"""(?:(?P<before>{_SIGN}|(?<!\w)(?:usd|eur|gbp|chf|pln))\ ?)?
    (?P<sign>(?<![\w)])[-−+](?=\d))?
    (?P<number>\d{{1,3}}(?:[ .,'’]\d{{3}}(?!\d))+(?:[.,]\d{{1,2}}(?!\d))?|\d+(?:[.,]\d+)*)
    (?:[ -]?(?P<unit>%|{_SIGN}|°[cf]\b|m²|(?:{_WORD_UNITS})(?!\w)))?""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBERS = """two three four five six seven eight nine ten eleven twelve
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety zwanzig dreißig fünfzig"
_DIGITS = dict(
    zip(
        (*_NUMBERS.split(), *_TENS.split()),
        (*range(2, 13), *range(2, 13), *range(20, 100, 10), 20, 30, 50),
        strict=True,
    )
)
SPELLED_NUMBER = re.compile(rf"(?<!\w)(?:{'|'.join(_DIGITS)})(?!\w)", re.IGNORECASE)
# Amounts and days in words; words that are mostly something else (one, may, march) are left out.
AMOUNTS = listed(
    """
    hundred hundreds thousand thousands million millions dozen dozens half twice double triple decade
    decades century hundert hunderte tausend tausende millionen dutzend doppelt halb jahrzehnte
    jahrhundert january february april june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday tomorrow tonight januar februar märz juni juli oktober
    dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
    """
)
LETTERS = re.compile(r"[^\W\d_]+")


def quantities(text: str) -> Counter[str]:
    """Every checkable statement of the text, counted."""
    text = " ".join(unicodedata.normalize("NFKC", text.replace("²", "\ue002")).replace("\ue002", "²").split())
    found: Counter[str] = Counter()
    if "@" in text:
        found.update(EMAIL.findall(text.casefold()))
        text = EMAIL.sub(" ", text)
    text = SPELLED_NUMBER.sub(lambda match: str(_DIGITS[match[0].casefold()]), text)
    if any(map(str.isdigit, text)):
        for pattern, spell in READERS:
            text = _take(pattern, spell, text, found)
    found.update(word for word in LETTERS.findall(text.casefold()) if word in AMOUNTS)
    return found


def _take(pattern: Pattern, spell: Spell, text: str, found: Counter[str]) -> str:
    """Count what the pattern finds, and leave the rest of the text to those that come after it."""

    def one(match: re.Match[str]) -> str:
        spelled = spell(match)
        if spelled:
            found[spelled] += 1
        return " ; " if spelled else match[0]

    return pattern.sub(one, text)


def _date(match: re.Match[str]) -> str:
    if match["iso"]:
        return match["iso"]
    if match["dots"]:
        day, month, year = match["dots"].split(".")
    else:
        day = match["day"] or match["second"]
        month = str(MONTHS[(match["month"] or match["first"]).casefold()])
        year = match["year"] or match["last"] or ""
    return f"{year}-{int(month):02}-{int(day):02}".removeprefix("-")


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), match["minute"] or match["french"] or match["plain"] or "00"
    half = (match["half"] or "").casefold().replace(".", "")
    if half in ("am", "pm"):
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour}:{minute}"


def _phone(match: re.Match[str]) -> str:
    plus = "+" if match[0].startswith("+") else ""
    return plus + "".join(filter(str.isdigit, match[0].replace("(0)", "")))


def _quantity(match: re.Match[str]) -> str:
    unit = UNITS.get((match["unit"] or match["before"] or "").casefold(), "")
    sign = "-" if match["sign"] in ("-", "−") else ""
    number = sign + number_of(match["number"])
    return f"{unit}{number}" if unit in "$€£¥₹" else f"{number}{unit}" if unit == "%" else f"{number} {unit}"


def _measure(match: re.Match[str]) -> str:
    return _quantity(match) if match["unit"] or match["before"] else ""


def _code(match: re.Match[str]) -> str:
    return match[0]


@lru_cache(maxsize=4096)
def number_of(raw: str) -> str:
    """1,000.50 and 1.000,50 and 1'000.5 are 1000.5."""
    raw = re.sub(r"[ '’]", "", raw)
    if not raw.startswith(("0.", "0,")):
        raw = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", raw)
    whole, *rest = re.split(r"[.,]", raw)
    if len(rest) > 1:
        return raw
    fraction = rest[0].rstrip("0") if rest else ""
    return f"{whole}.{fraction}" if fraction else whole


# A pattern takes what it finds away from those after it: a date's digits are no number.
READERS: tuple[tuple[Pattern, Spell], ...] = (
    (DATE, _date),
    (TIME, _time),
    (PHONE, _phone),
    (QUANTITY, _measure),
    (CODE, _code),
    (QUANTITY, _quantity),
)
