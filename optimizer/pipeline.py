"""One page through the optimizer: lines → memory → prompt → completion → checks → suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer import completions, families, judging, memory, prompts, repeats, tiers
from optimizer.errors import CompletionError
from optimizer.masks import Mask
from optimizer.memory import Keys, PageMemory
from optimizer.tiers import Line
from optimizer.types import Brief, Complete, PageText, Suggestion, Verdict
from optimizer.weighing import Judged, Scales, is_refused, is_taken, refusal

UNUSABLE = "The whole answer was unusable."
# Below this many characters the checks of an answer take too few milliseconds to be worth a thread.
HEAVY_CHARS = 12_000


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


async def _remember(work: Work, remembered: PageMemory) -> Judged:
    """Ask only for what nobody has decided yet, and what no other page is asking for right now."""
    keys, mask = memory.keys(work.page, work.brief, work.lines, remembered.model), Mask.of(work.page)
    found = await remembered.store.recall({key for line in keys.values() for key in line})
    judged = work.recall(keys, found, mask)
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
    judged |= await work.ask(late, turn=1)
    for line, first in twins:
        text = _lesson(first, judged)
        if text is not None and work.accept(line, text, judged):
            remembered.save(line)
    judged |= await work.ask([line for line, _ in twins if line.n not in judged], turn=2)
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


class Work(Scales):
    """The lines of one page under work: asks for them and judges the answers."""

    def __init__(self, page: PageText, brief: Brief, lines: Sequence[Line], complete: Complete) -> None:
        super().__init__(page, brief, lines)
        self.asked: set[int] = set()
        self._complete, self._turn = complete, 0

    async def ask(self, lines: Sequence[Line], turn: int = 0) -> Judged:
        """The model's word on these lines, chunk by chunk of the whole page.

        What is asked in a later turn is another question, so that the answer to the first one stays good.
        """
        self._turn = turn
        wanted = {line.n for line in lines}
        judged: Judged = {}
        for chunk in prompts.chunks(self.lines) if wanted else ():
            some = [line for line in chunk if line.n in wanted]
            if some:
                answers = await self._ask_chunk(some, chunk)
                judged |= await judging.review(self.page, self.brief, some, answers, self._complete)
        self.asked |= wanted
        return judged

    async def _ask_chunk(self, lines: Sequence[Line], chunk: Sequence[Line]) -> Judged:
        first = await self._call(lines, chunk)
        taken = [s.text for s in first.values() if s and s.text and is_taken(s)]
        self.page = replace(self.page, siblings=families.told_first(self.page.siblings, taken))
        reasons = {n: self._reason(suggestion) for n, suggestion in first.items() if suggestion}
        reasons = {n: reason for n, reason in reasons.items() if reason}
        if not reasons:
            return first
        second = await self._call([line for line in lines if line.n in reasons], chunk, reasons)
        # A text that a sister page has is still better than none.
        return first | {n: s for n, s in second.items() if not (is_refused(s) and not is_refused(first[n]))}

    def _reason(self, suggestion: Suggestion) -> str:
        """Why this line goes back once; empty where its text may stay."""
        if suggestion.text is None:
            return " ".join(verdict.message for verdict in suggestion.verdicts)
        siblings = self.page.siblings
        is_alike = self.brief.differs and any(v.check == "siblings" for v in suggestion.verdicts)
        return families.differ_reason(siblings, suggestion.target) if is_taken(suggestion) or is_alike else ""

    async def _call(
        self, lines: Sequence[Line], chunk: Sequence[Line], reasons: Mapping[int, str] | None = None
    ) -> Judged:
        """One call, judged."""
        completion = await self._complete(
            prompts.build(self.page, self.brief, lines, reasons, chunk, self._turn)
        )
        try:
            numbers = {line.n for line in lines}
            answers = completions.parse(completion, numbers, {line.n for line in chunk})
        except completions.UnusableAnswerError as error:
            # Nothing of this page was usable in either answer, so another attempt would only be paid again.
            if reasons and any(reason.startswith(UNUSABLE) for reason in reasons.values()):
                message = f"The model answered unusably twice. {error}"
                raise CompletionError("invalid_output", message) from error
            verdict = Verdict("answer", "refuse", f"{UNUSABLE} {error}")
            return {line.n: refusal(line, verdict) for line in lines}

        def judge() -> Judged:
            return {line.n: self.judge(line, answers.get(line.n)) for line in lines}

        if len(completion.text) > HEAVY_CHARS:
            return await asyncio.to_thread(judge)
        return judge()
