"""One text proposed for several lines of a page: a page that talked the model into it everywhere shows so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer import checks
from optimizer.checks.copies import is_copy
from optimizer.types import Suggestion, Verdict
from optimizer.words import fold

SAME_TEXT = Verdict("copies", "hold", "The same text was proposed for another line of this page.")


def hold_repeated(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """A page that talked the model into one text everywhere shows in equal answers to unequal lines."""
    blocks = [(s, fold(s.text), fold(s.original)) for s in suggestions if s.kind == "block" and s.text]
    seen: dict[str, list[tuple[str, str]]] = {}
    for suggestion, text, original in blocks:
        seen.setdefault(text, []).append((suggestion.target, original))
    repeated = {
        target
        for text, places in seen.items()
        if len({original for _, original in places}) > 1 and is_copy(text, text)
        for target, _ in places
    }
    return tuple(
        _hold(suggestion) if suggestion.target in repeated else suggestion for suggestion in suggestions
    )


def _hold(suggestion: Suggestion) -> Suggestion:
    verdicts = (*(verdict for verdict in suggestion.verdicts if verdict.level != "pass"), SAME_TEXT)
    return replace(suggestion, verdicts=verdicts, confidence=checks.confidence(verdicts))
