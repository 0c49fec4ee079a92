"""One page through the optimizer: lines → memory → prompt → completion → checks → suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer import checks, completions, families, inline, judging, memory, prompts, repeats, tiers
from optimizer.checks.subject import Known
from optimizer.errors import CompletionError
from optimizer.masks import Mask
from optimizer.memory import Keys, PageMemory
from optimizer.tiers import Line
from optimizer.types import Brief, Complete, Completion, PageText, Prompt, Suggestion, Verdict
from optimizer.words import fold

NO_ANSWER = Verdict("answer", "refuse", "The model gave no answer for this line.")
UNUSABLE = "The whole answer was unusable."
BY_PERSON = Verdict("memory", "note", "These are a person's words for the same text, used again.")
# Below this many characters the checks of an answer take too few milliseconds to be worth a thread.
HEAVY_CHARS = 12_000

# By line number a suggestion, or None where the text stays as it is.
Judged = dict[int, Suggestion | None]


async def optimize(
    page: PageText, brief: Brief, tier: str, complete: Complete, remembered: PageMemory | None = None
) -> tuple[Suggestion, ...]:
    """Suggestions for the lines that change or whose new text was withheld; unchanged lines yield none."""
    lines = tiers.select(page, tier, brief.works_on_shared)
    work = Work(page, brief, lines, complete)
    judged = await (work.ask(lines) if remembered is None else _remember(work, remembered))
    return repeats.hold_repeated(
        [suggestion for _, suggestion in sorted(judged.items()) if suggestion is not None]
    )


def questions(
    page: PageText, brief: Brief, tier: str, remembered: Mapping[str, str] | None = None, model: str = ""
) -> list[Prompt]:
    """What `optimize` asks first, all of it at once: for a lane whose answers take hours.

    Lines whose remembered text may stand are left out; `memory.hashes` says what to look for.
    """
    lines = tiers.select(page, tier, brief.works_on_shared)
    known: Judged = {}
    if remembered:
        work = Work(page, brief, lines, _nobody)
        known = _recall(work, memory.keys(page, brief, lines, model), remembered, Mask.of(page))
    return [
        prompts.build(page, brief, some, chunk=chunk)
        for chunk in prompts.chunks(lines)
        if (some := [line for line in chunk if line.n not in known])
    ]


async def _nobody(prompt: Prompt) -> Completion:
    raise NotImplementedError(prompt.purpose)


def _recall(work: Work, keys: Mapping[int, Keys], found: Mapping[str, str], mask: Mask) -> Judged:
    """The lines that were decided before, where that fits this page."""
    judged: Judged = {}
    for line in work.lines:
        recalled = memory.look_up(keys[line.n], found, mask)
        if recalled:
            work.accept(line, recalled.text, judged, is_human=recalled.is_human)
    return judged


async def _remember(work: Work, remembered: PageMemory) -> Judged:
    """Ask only for what nobody has decided yet, and what no other page is asking for right now."""
    keys, mask = memory.keys(work.page, work.brief, work.lines, remembered.model), Mask.of(work.page)
    found = await remembered.store.recall({key for line in keys.values() for key in line})
    judged = _recall(work, keys, found, mask)
    for line in work.lines:
        if line.n in judged:
            remembered.save(line)
    open_lines = [line for line in work.lines if line.n not in judged]
    mine, twins, waiting = _divide(open_lines, keys, remembered)
    try:
        judged |= await work.ask(mine)
    finally:
        for line in mine:
            if keys[line.n].is_common:
                remembered.store.settle(keys[line.n].exact, _lesson(line, judged))
    late = []
    for line, answer in waiting:
        text = await answer
        if text is not None and work.accept(line, text, judged):
            remembered.save(line)
        else:
            late.append(line)
    judged |= await work.ask(late)
    for line, first in twins:
        text = _lesson(first, judged)
        if text is not None and work.accept(line, text, judged):
            remembered.save(line)
    judged |= await work.ask([line for line, _ in twins if line.n not in judged])
    _learn(work, keys, mask, judged, remembered)
    return judged


def _divide(
    lines: Sequence[Line], keys: Mapping[int, Keys], remembered: PageMemory
) -> tuple[list[Line], list[tuple[Line, Line]], list[tuple[Line, asyncio.Future[str | None]]]]:
    """(to be asked, equal to one that is asked, being asked by another page)."""
    first: dict[str, Line] = {}
    mine: list[Line] = []
    twins: list[tuple[Line, Line]] = []
    waiting: list[tuple[Line, asyncio.Future[str | None]]] = []
    for line in lines:
        key = keys[line.n]
        if not key.is_common:
            mine.append(line)
        elif key.exact in first:
            twins.append((line, first[key.exact]))
        elif answer := remembered.store.reserve(key.exact):
            waiting.append((line, answer))
        else:
            first[key.exact] = line
            mine.append(line)
    return mine, twins, waiting


def _lesson(line: Line, judged: Judged) -> str | None:
    """The text that may be used elsewhere: the model's where no check minds it, else nothing."""
    if line.n not in judged:
        return None
    suggestion = judged[line.n]
    if suggestion is None:
        return line.original
    is_clean = all(verdict.level in ("pass", "note") for verdict in suggestion.verdicts)
    return suggestion.text if is_clean else None


def _learn(work: Work, keys: Mapping[int, Keys], mask: Mask, judged: Judged, remembered: PageMemory) -> None:
    for line in work.lines:
        text = _lesson(line, judged) if line.n in work.asked else None
        if text is not None:
            remembered.learned |= memory.lessons(keys[line.n], text, mask)


class Work:
    """The lines of one page under work: asks for them and judges the answers."""

    def __init__(self, page: PageText, brief: Brief, lines: Sequence[Line], complete: Complete) -> None:
        self.page, self.brief, self.lines = page, brief, lines
        self.asked: set[int] = set()
        self._complete, self._known = complete, Known.of(page, brief)

    async def ask(self, lines: Sequence[Line]) -> Judged:
        """The model's word on these lines, chunk by chunk of the whole page."""
        wanted = {line.n for line in lines}
        judged: Judged = {}
        for chunk in prompts.chunks(self.lines) if wanted else ():
            some = [line for line in chunk if line.n in wanted]
            if some:
                answers = await self._ask_chunk(some, chunk)
                judged |= await judging.review(self.page, self.brief, some, answers, self._complete)
        self.asked |= wanted
        return judged

    def accept(self, line: Line, text: str, judged: Judged, *, is_human: bool = False) -> bool:
        """Judge a remembered text in this page's own light; True where it may stand."""
        suggestion = self._judge(line, text if line.kind == "block" else inline.escape(text))
        if suggestion is not None:
            if any(verdict.level in ("hold", "refuse") for verdict in suggestion.verdicts):
                return False
            if is_human:
                verdicts = (*(v for v in suggestion.verdicts if v.level != "pass"), BY_PERSON)
                suggestion = replace(suggestion, verdicts=verdicts, confidence=checks.confidence(verdicts))
        judged[line.n] = suggestion
        return True

    async def _ask_chunk(self, lines: Sequence[Line], chunk: Sequence[Line]) -> Judged:
        first = await self._call(lines, chunk)
        taken = [s.text for s in first.values() if s and s.text and _is_taken(s)]
        self.page = replace(self.page, siblings=families.told_first(self.page.siblings, taken))
        reasons = {n: self._reason(suggestion) for n, suggestion in first.items() if suggestion}
        reasons = {n: reason for n, reason in reasons.items() if reason}
        if not reasons:
            return first
        second = await self._call([line for line in lines if line.n in reasons], chunk, reasons)
        # A text that a sister page has is still better than none.
        return first | {n: s for n, s in second.items() if not (_is_refused(s) and not _is_refused(first[n]))}

    def _reason(self, suggestion: Suggestion) -> str:
        """Why this line goes back once; empty where its text may stay."""
        if suggestion.text is None:
            return " ".join(verdict.message for verdict in suggestion.verdicts)
        siblings = self.page.siblings
        is_alike = self.brief.differs and any(v.check == "siblings" for v in suggestion.verdicts)
        return (
            families.differ_reason(siblings, suggestion.target) if _is_taken(suggestion) or is_alike else ""
        )

    async def _call(
        self, lines: Sequence[Line], chunk: Sequence[Line], reasons: Mapping[int, str] | None = None
    ) -> Judged:
        """One call, judged."""
        completion = await self._complete(prompts.build(self.page, self.brief, lines, reasons, chunk))
        try:
            numbers = {line.n for line in lines}
            answers = completions.parse(completion, numbers, {line.n for line in chunk})
        except completions.UnusableAnswerError as error:
            # Nothing of this page was usable in either answer, so another attempt would only be paid again.
            if reasons and any(reason.startswith(UNUSABLE) for reason in reasons.values()):
                message = f"The model answered unusably twice. {error}"
                raise CompletionError("invalid_output", message) from error
            verdict = Verdict("answer", "refuse", f"{UNUSABLE} {error}")
            return {line.n: _refusal(line, verdict) for line in lines}

        def judge() -> Judged:
            return {line.n: self._judge(line, answers.get(line.n)) for line in lines}

        if len(completion.text) > HEAVY_CHARS:
            return await asyncio.to_thread(judge)
        return judge()

    def _judge(self, line: Line, answer: str | None) -> Suggestion | None:
        if answer is None:
            return _refusal(line, NO_ANSWER)
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


def _is_taken(suggestion: Suggestion) -> bool:
    """Whether a sister page says the very same."""
    return any(verdict.check == "siblings" and verdict.level == "hold" for verdict in suggestion.verdicts)


def _is_refused(suggestion: Suggestion | None) -> bool:
    return suggestion is not None and suggestion.text is None


def _refusal(line: Line, verdict: Verdict) -> Suggestion:
    return Suggestion(line.target, line.kind, line.original, None, (verdict,), None)
