"""From a held text to the fact sheet: what the text states, for a person to confirm, and all checked anew."""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop as _

from accounts import audit
from batches import briefs, reviews, wakeups
from batches.models import Suggestion
from nimbus.errors import InvalidError
from optimizer import checks, inline
from optimizer.types import Brief, PageText, Verdict
from projects import brief_content, changes
from projects.models import Project

# What a fact can vouch for; a length or a lost term stays as it is.
ABOUT_FACTS = {"facts", "names", "claims"}
PART = re.compile(r"(?<=[.!?])\s+|\s+[|•–—]\s+")
# Held texts of the batch that are checked anew with a new fact; each takes some milliseconds.
MOST = 200
WORST = ("refuse", "hold", "note", "pass")


def is_offered(suggestion: Suggestion) -> bool:
    told = {verdict["check"] for verdict in suggestion.verdicts if verdict["level"] == "hold"}
    return suggestion.level == Suggestion.Level.HOLD and bool(told & ABOUT_FACTS)


def proposal(suggestion: Suggestion) -> str:
    """The shortest part of the text that, as a fact, leaves no check on facts against it; else all of it."""
    text = inline.plain(suggestion.text) if suggestion.kind == "block" else suggestion.text
    brief = briefs.current(suggestion.page.project)
    parts = sorted({part.strip() for part in PART.split(text) if part.strip()}, key=len)
    for part in parts[:10]:
        if not holds(judged(suggestion, replace(brief, facts=(*brief.facts, part)))):
            return part
    return text[: brief_content.MAX_FACT]


def judged(suggestion: Suggestion, brief: Brief) -> Sequence[Verdict]:
    return reviews.recheck(suggestion, suggestion.text, brief)


def holds(verdicts: Sequence[Verdict]) -> bool:
    return any(verdict.level == "hold" and verdict.check in ABOUT_FACTS for verdict in verdicts)


def add(suggestion: Suggestion, fact: str, *, is_local: bool, by: Any) -> int:
    """Write it into a new version of the brief; how many held texts pass with it."""
    fact = " ".join(fact.split())
    if not 3 <= len(fact) <= brief_content.MAX_FACT:
        raise InvalidError(
            _("A fact has between 3 and %(max_fact)s characters."),
            field="fact",
            max_fact=brief_content.MAX_FACT,
        )
    project = suggestion.page.project
    write(project, fact, where(suggestion) if is_local else {}, by)
    # In a transaction of its own: it locks batches, which comes before a project's chain.
    return recheck_held(suggestion, by)


def where(suggestion: Suggestion) -> dict[str, str]:
    """The dimension values of its page, as the checks know them."""
    page = PageText.from_extraction(suggestion.run.snapshot.extraction, suggestion.page.url)
    return {name: value for name, value in page.dimensions.items() if value}


@transaction.atomic
def write(project: Project, fact: str, when: dict[str, str], by: Any) -> None:
    # Whoever adds a fact at the same time waits here, so that both are kept.
    audit.hold(project)
    newest = project.briefs.order_by("-version").first()
    content = newest.content if newest else {}
    stored = content.get("facts", [])
    new = {"text": fact, "when": when} if when else fact
    if new in stored:
        return
    if len(stored) >= brief_content.MAX_ITEMS:
        raise InvalidError(
            _("The fact sheet has %(max_items)s facts, which is the most."),
            field="fact",
            max_items=brief_content.MAX_ITEMS,
        )
    changes.write_brief(project, by, content | {"facts": [*stored, new]})


@transaction.atomic
def recheck_held(suggestion: Suggestion, by: Any) -> int:
    """Judge the held texts of this batch once more, this one first; how many are held no longer."""
    held = Suggestion.objects.filter(batch=suggestion.batch, level="hold", review=Suggestion.Review.PENDING)
    rows = held.select_related("batch", "page__project", "run__snapshot").order_by("id")
    brief = briefs.current(suggestion.page.project)
    freed = []
    for row in [suggestion, *rows.exclude(id=suggestion.id)[:MOST]]:
        if is_offered(row) and judge_anew(row, judged(row, brief)):
            freed.append(row)
    tell(freed, by)
    wakeups.notify([suggestion.batch_id])
    return len(freed)


def judge_anew(row: Suggestion, verdicts: Sequence[Verdict]) -> bool:
    """Store what the checks say now, unless somebody decided meanwhile; whether it is free."""
    level = min((verdict.level for verdict in verdicts), key=WORST.index)
    told = [asdict(verdict) for verdict in verdicts]
    if told == row.verdicts:
        return False
    Suggestion.objects.filter(id=row.id, version=row.version).update(
        verdicts=told, level=level, confidence=checks.confidence(verdicts), version=F("version") + 1
    )
    return level in ("pass", "note")


def tell(freed: Sequence[Suggestion], by: Any) -> None:
    audit.record_many(
        audit.Entry(
            chain=row.batch.project_id,
            organization_id=row.organization_id,
            actor=audit.name_of(by),
            action="suggestion.rechecked",
            target=row.page_id,
            batch=row.batch_id,
            step="review",
            message=f"A new fact frees {row.plain_target}",
            data={"suggestion": row.id},
        )
        for row in freed
    )
