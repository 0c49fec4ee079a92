"""A second opinion, where the project pays for it: one more call that reads old and new texts side by side.

Its word is one of nine, aspect by severity. Nothing that the model writes is stored, and what it minds waits
for a person; it refuses nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from optimizer import checks, completions, prompts
from optimizer.completions import UnusableAnswerError
from optimizer.errors import CompletionError
from optimizer.tiers import Line
from optimizer.types import Brief, Complete, Completion, PageText, Prompt, Suggestion, Verdict

VERSION = "1"
PURPOSE = "judge"
SYSTEM = (Path(__file__).parent / "templates" / f"judge-{VERSION}.txt").read_text(encoding="utf-8")
ASPECTS = ("accuracy", "fluency", "style")
SEVERITIES = ("minor", "major", "critical")
ITEM: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "aspect": {"type": "string", "enum": list(ASPECTS)},
        "severity": {"type": "string", "enum": list(SEVERITIES)},
    },
    "required": ["n", "aspect", "severity"],
    "additionalProperties": False,
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": ITEM}},
    "required": ["items"],
    "additionalProperties": False,
}
# What it watches over, in a sentence for people, by the names of its verdicts.
ABOUT = {
    "judge": "A second call to the model finds no fault in accuracy, fluency or style.",
    "critical": "Nothing that a second opinion calls critical.",
}
TOKENS_A_LINE = 60
SILENT = Verdict("judge", "note", "The second opinion could not be read.")

# By line number a suggestion, or None where the text stays as it is.
Judged = dict[int, Suggestion | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """One line before and after."""

    n: int
    label: str
    old: str
    new: str


async def review(
    page: PageText, brief: Brief, lines: Sequence[Line], judged: Judged, complete: Complete
) -> Judged:
    """The suggestions with what a second opinion minds; as they are where the project wants none."""
    found = {n: s for n, s in judged.items() if s is not None and s.text is not None}
    pairs = [
        Pair(line.n, line.label, line.shown, found[line.n].text or "") for line in lines if line.n in found
    ]
    if not brief.judges or not pairs:
        return judged
    try:
        said = parse(await complete(build(page, brief, pairs)), set(found))
    except (CompletionError, UnusableAnswerError):
        # An opinion less is no reason to lose the page.
        said = dict.fromkeys(found, (SILENT,))
    return judged | {n: _with(suggestion, said.get(n, ())) for n, suggestion in found.items()}


def build(page: PageText, brief: Brief, pairs: Sequence[Pair]) -> Prompt:
    body = "\n".join(
        f"[{pair.n}] {pair.label} {word}: {prompts.flat(text)}".rstrip()
        for pair in pairs
        for word, text in (("was", pair.old), ("now", pair.new))
    )
    fence = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:12]
    told = prompts.told(page, brief)
    return Prompt(
        system=SYSTEM,
        user="\n".join([*told, f"<<<PAGE-{fence}", body, f"PAGE-{fence}>>>"]),
        schema=SCHEMA,
        max_output_tokens=prompts.THINKING_TOKENS + TOKENS_A_LINE * len(pairs),
        purpose=PURPOSE,
    )


def parse(completion: Completion, asked: set[int]) -> dict[int, tuple[Verdict, ...]]:
    """What is minded, by line; nothing else than the nine words is taken from the answer."""
    said: dict[int, tuple[Verdict, ...]] = {}
    for item in completions.items_of(completion):
        if not isinstance(item, dict) or set(item) != {"n", "aspect", "severity"}:
            raise UnusableAnswerError("An item was not of the form {n, aspect, severity}.")
        n, aspect, severity = item["n"], item["aspect"], item["severity"]
        if type(n) is not int or n not in asked or aspect not in ASPECTS or severity not in SEVERITIES:
            raise UnusableAnswerError("An item had a number or a word that was not asked for.")
        said[n] = (*said.get(n, ()), verdict(aspect, severity))
    return said


def verdict(aspect: str, severity: str) -> Verdict:
    check = "critical" if severity == "critical" else "judge"
    level = "note" if severity == "minor" else "hold"
    return Verdict(check, level, f"A second opinion minds its {aspect}: {severity}.")  # type: ignore[arg-type]


def _with(suggestion: Suggestion, minded: Sequence[Verdict]) -> Suggestion:
    if not minded:
        return suggestion
    verdicts = (*(v for v in suggestion.verdicts if v.level != "pass"), *minded)
    return replace(suggestion, verdicts=verdicts, confidence=checks.confidence(verdicts))
