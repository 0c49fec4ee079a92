"""One page through the optimizer: lines → prompt → completion → checks → suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer import checks, completions, inline, prompts, tiers
from optimizer.checks.copies import is_copy
from optimizer.checks.subject import Known
from optimizer.errors import CompletionError
from optimizer.tiers import Line
from optimizer.types import Brief, Complete, PageText, Prompt, Suggestion, Verdict
from optimizer.words import fold

NO_ANSWER = Verdict("answer", "refuse", "The model gave no answer for this line.")
UNUSABLE = "The whole answer was unusable."
SAME_TEXT = Verdict("copies", "hold", "The same text was proposed for another line of this page.")
# Below this many characters the checks of an answer take too few milliseconds to be worth a thread.
HEAVY_CHARS = 12_000


async def optimize(page: PageText, brief: Brief, tier: str, complete: Complete) -> tuple[Suggestion, ...]:
    """Suggestions for the lines that change or whose new text was withheld; unchanged lines yield none."""
    lines = tiers.select(page, tier)
    known = Known.of(page, brief)
    suggestions: list[Suggestion] = []
    for chunk in prompts.chunks(lines):
        suggestions += await _optimize_chunk(page, brief, chunk, complete, known)
    return _hold_repeated(suggestions)


def questions(page: PageText, brief: Brief, tier: str) -> list[Prompt]:
    """What `optimize` asks first, all of it at once: for a lane whose answers take hours."""
    return [prompts.build(page, brief, lines) for lines in prompts.chunks(tiers.select(page, tier))]


async def _optimize_chunk(
    page: PageText, brief: Brief, lines: Sequence[Line], complete: Complete, known: Known
) -> list[Suggestion]:
    first = await _ask(page, brief, lines, complete, known)
    refused = {n: suggestion for n, suggestion in first.items() if suggestion and suggestion.text is None}
    if not refused:
        return _changed(first)
    again = [line for line in lines if line.n in refused]
    reasons = {n: " ".join(verdict.message for verdict in refusal.verdicts) for n, refusal in refused.items()}
    second = await _ask(page, brief, again, complete, known, reasons)
    return _changed(first | second)


async def _ask(
    page: PageText,
    brief: Brief,
    lines: Sequence[Line],
    complete: Complete,
    known: Known,
    reasons: Mapping[int, str] | None = None,
) -> dict[int, Suggestion | None]:
    """One call, judged: by line number a suggestion, or None where the text stays as it is."""
    completion = await complete(prompts.build(page, brief, lines, reasons))
    try:
        answers = completions.parse(completion, {line.n for line in lines})
    except completions.UnusableAnswerError as error:
        # Nothing of this page was usable in either answer, so another attempt would only be paid for again.
        if reasons and any(reason.startswith(UNUSABLE) for reason in reasons.values()):
            raise CompletionError("invalid_output", f"The model answered unusably twice. {error}") from error
        return {line.n: _refusal(line, Verdict("answer", "refuse", f"{UNUSABLE} {error}")) for line in lines}

    def judge() -> dict[int, Suggestion | None]:
        return {line.n: _judge(line, answers.get(line.n), page, brief, known) for line in lines}

    if len(completion.text) > HEAVY_CHARS:
        return await asyncio.to_thread(judge)
    return judge()


def _judge(line: Line, answer: str | None, page: PageText, brief: Brief, known: Known) -> Suggestion | None:
    if answer is None:
        return _refusal(line, NO_ANSWER)
    text = inline.repair(answer)
    if line.kind == "head":
        text = inline.unescape(text)
    if text == line.original or fold(text) == fold(line.shown) == "":
        return None
    verdicts = checks.check_all(
        line.original, text, kind=line.kind, target=line.target, page=page, brief=brief, known=known
    )
    kept = None if checks.is_refused(verdicts) else text
    return Suggestion(line.target, line.kind, line.original, kept, verdicts, checks.confidence(verdicts))


def _refusal(line: Line, verdict: Verdict) -> Suggestion:
    return Suggestion(line.target, line.kind, line.original, None, (verdict,), None)


def _changed(judged: Mapping[int, Suggestion | None]) -> list[Suggestion]:
    return [suggestion for _, suggestion in sorted(judged.items()) if suggestion is not None]


def _hold_repeated(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
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
