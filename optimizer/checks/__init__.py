"""Judge one text: refuse (never stored), hold (a person decides), note (worth knowing), or pass."""

from collections.abc import Iterable, Sequence

from optimizer import inline
from optimizer.checks import (
    characters,
    chatter,
    claims,
    copies,
    facts,
    kept,
    language,
    leaks,
    length,
    links,
    markup,
    names,
    pattern,
    reading,
    siblings,
    slips,
    stuffing,
    style,
)
from optimizer.checks.subject import Known, Subject
from optimizer.tiers import LABELS, label
from optimizer.types import Brief, Kind, PageText, Verdict

__all__ = ["ABOUT", "Known", "Verdict", "check_all", "confidence", "is_refused", "refusals"]

# In the order of their weight; once one refuses, the softer ones have nothing to add.
REFUSING = (markup, characters, links, leaks, chatter)
HOLDING = (
    facts,
    names,
    claims,
    kept,
    length,
    language,
    slips,
    copies,
    siblings,
    pattern,
    reading,
    stuffing,
    style,
)
# What each check watches over, in a sentence for people.
ABOUT = {check.__name__.rpartition(".")[2]: check.ABOUT for check in (*REFUSING, *HOLDING)}
PASSED = Verdict("all", "pass", "Passed every check.")
HOLD_FACTOR, NOTE_FACTOR, CRITICAL_FACTOR = 0.5, 0.9, 0.1


def check_all(
    original: str,
    text: str,
    *,
    kind: Kind,
    target: str,
    page: PageText,
    brief: Brief,
    known: Known | None = None,
) -> tuple[Verdict, ...]:
    """Every verdict that is not a pass, or the one pass; `known` saves reading the page again."""
    subject = _subject(original, text, kind, target, page, brief, known or Known.of(page, brief))
    hardest = _hardest(subject)
    if is_refused(hardest):
        return hardest
    return (*hardest, *(verdict for check in HOLDING for verdict in check.check(subject))) or (PASSED,)


def refusals(
    original: str, text: str, *, kind: Kind, target: str, page: PageText, brief: Brief, known: Known
) -> list[str]:
    """The checks that would refuse this text, for those who look after what is stored already."""
    verdicts = _hardest(_subject(original, text, kind, target, page, brief, known))
    return [verdict.check for verdict in verdicts if verdict.level == "refuse"]


def is_refused(verdicts: Iterable[Verdict]) -> bool:
    return any(verdict.level == "refuse" for verdict in verdicts)


def confidence(verdicts: Sequence[Verdict]) -> float | None:
    """1.0 for a clean text, less for every note, far less for every hold; None when refused."""
    levels = [verdict.level for verdict in verdicts]
    if "refuse" in levels:
        return None
    critical = sum(verdict.check == "critical" for verdict in verdicts)
    held = HOLD_FACTOR ** (levels.count("hold") - critical) * CRITICAL_FACTOR**critical
    return round(held * NOTE_FACTOR ** levels.count("note"), 2)


def _hardest(subject: Subject) -> tuple[Verdict, ...]:
    return tuple(verdict for check in REFUSING for verdict in check.check(subject))


def _subject(
    original: str, text: str, kind: Kind, target: str, page: PageText, brief: Brief, known: Known
) -> Subject:
    block = known.blocks.get(target)
    type_ = label(block) if block else LABELS.get(target, "p")
    # Head fields are plain text as they stand; blocks hold escapes.
    old, new = (original, text) if kind == "head" else (inline.plain(original), inline.plain(text))
    return Subject(original, text, old, new, kind, target, type_, page, brief, known)
