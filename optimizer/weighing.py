"""Texts for the lines of one page, weighed in that page's own light: fresh answers and remembered ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer import checks, inline, memory
from optimizer.checks.subject import Known
from optimizer.masks import Mask
from optimizer.memory import Keys
from optimizer.tiers import Line
from optimizer.types import Brief, PageText, Suggestion, Verdict
from optimizer.words import fold

NO_ANSWER = Verdict("answer", "refuse", "The model gave no answer for this line.")
BY_PERSON = Verdict("memory", "note", "These are a person's words for the same text, used again.")

# By line number a suggestion, or None where the text stays as it is.
Judged = dict[int, Suggestion | None]


class Scales:
    """Says of each text what the checks find; asks nobody."""

    def __init__(self, page: PageText, brief: Brief, lines: Sequence[Line]) -> None:
        self.page, self.brief, self.lines = page, brief, lines
        self._known = Known.of(page, brief)

    def recall(self, keys: Mapping[int, Keys], found: Mapping[str, str], mask: Mask) -> Judged:
        """The lines that were decided before, where that fits this page."""
        judged: Judged = {}
        for line in self.lines:
            recalled = memory.look_up(keys[line.n], found, mask)
            if recalled:
                self.accept(line, recalled.text, judged, is_human=recalled.is_human)
        return judged

    def accept(self, line: Line, text: str, judged: Judged, *, is_human: bool = False) -> bool:
        """Judge a remembered text in this page's own light; True where it may stand."""
        suggestion = self.judge(line, text if line.kind == "block" else inline.escape(text))
        if suggestion is not None:
            if any(verdict.level in ("hold", "refuse") for verdict in suggestion.verdicts):
                return False
            if is_human:
                verdicts = (*(v for v in suggestion.verdicts if v.level != "pass"), BY_PERSON)
                suggestion = replace(suggestion, verdicts=verdicts, confidence=checks.confidence(verdicts))
        judged[line.n] = suggestion
        return True

    def judge(self, line: Line, answer: str | None) -> Suggestion | None:
        if answer is None:
            return refusal(line, NO_ANSWER)
        text = inline.repair(answer)
        if line.kind == "head":
            text = inline.unescape(text)
        if text == line.original or fold(text) == fold(line.shown) == "":
            return None
        verdicts = checks.check_all(
            line.original,
            text,
            kind=line.kind,
            target=line.target,
            page=self.page,
            brief=self.brief,
            known=self._known,
        )
        kept = None if checks.is_refused(verdicts) else text
        return Suggestion(line.target, line.kind, line.original, kept, verdicts, checks.confidence(verdicts))


def is_taken(suggestion: Suggestion) -> bool:
    """Whether a sister page says the very same."""
    return any(verdict.check == "siblings" and verdict.level == "hold" for verdict in suggestion.verdicts)


def is_refused(suggestion: Suggestion | None) -> bool:
    return suggestion is not None and suggestion.text is None


def refusal(line: Line, verdict: Verdict) -> Suggestion:
    return Suggestion(line.target, line.kind, line.original, None, (verdict,), None)
