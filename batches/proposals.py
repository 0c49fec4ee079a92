"""The model's proposals as rows, with the project's own word on those that it approves by itself."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from batches.models import Decision, Suggestion
from batches.outcomes import Outcome
from nimbus import ids, rows
from optimizer import checks
from optimizer import types as optimizer
from optimizer.alike import Abstraction
from projects.models import Project

LEVELS = ("pass", "note", "hold", "refuse")

COLUMNS = (
    "id", "organization_id", "batch_id", "run_id", "page_id", "target", "kind", "block_type", "position",
    "original", "original_hash", "text", "decided_text", "verdicts", "level", "pattern", "score",
    "confidence", "review", "version", "created_at", "decided_at",
)  # fmt: skip


def save(winners: Sequence[Outcome]) -> list[Suggestion]:
    """Store the suggestions; those that the project approves by itself come with their decision."""
    done = [o for o in winners if o.status == "done"]
    if not done:
        return []
    projects = Project.objects.in_bulk({o.claim.project_id for o in done})
    now = database_now()
    fresh = [
        row for o in done for row in suggestions_of(o, approval_threshold(projects[o.claim.project_id]), now)
    ]
    rows.write(Suggestion, COLUMNS, (values_of(row) for row in fresh))
    approved = [row for row in fresh if row.review == Suggestion.Review.APPROVED]
    Decision.objects.bulk_create(
        Decision(
            organization_id=row.organization_id, suggestion_id=row.id, by="auto", what=Decision.What.APPROVE
        )
        for row in approved
    )
    return fresh


def values_of(row: Suggestion) -> list[Any]:
    values = [getattr(row, name) for name in COLUMNS]
    values[COLUMNS.index("verdicts")] = orjson.dumps(row.verdicts).decode()
    return values


def approval_threshold(project: Project) -> float | None:
    """The confidence from which a passing text is approved without a person; None where never."""
    mode = project.setting("review_mode")
    if mode == "auto_threshold":
        return float(project.setting("review_threshold"))
    return 0.0 if mode == "auto" else None


def database_now() -> datetime:
    """The newest decision decides, so all of them go by one clock; a worker's own may be an hour off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def suggestions_of(outcome: Outcome, threshold: float | None, now: datetime) -> Iterable[Suggestion]:
    blocks = {block.id: block for block in outcome.page.blocks} if outcome.page else {}
    own = Abstraction.of(outcome.page) if outcome.page else None
    for position, proposal in enumerate(outcome.proposed):
        block = blocks.get(proposal.target)
        verdicts = [{"check": v.check, "level": v.level, "message": v.message} for v in proposal.verdicts]
        text = proposal.text or ""
        level = level_of(proposal)
        sure = threshold is not None and (proposal.confidence or 0.0) >= threshold
        approves = sure and level in ("pass", "note")
        attr = block.attr if block else ""
        yield Suggestion(
            id=ids.suggestion_id(),
            organization_id=outcome.claim.organization_id,
            batch_id=outcome.claim.batch_id,
            run_id=outcome.claim.run_id,
            page_id=outcome.claim.page_id,
            target=proposal.target,
            kind=proposal.kind,
            block_type=block.type[:20] if block else "",
            position=position,
            original=proposal.original,
            original_hash=hashlib.sha256(f"{attr}\0{proposal.original}".encode()).hexdigest(),
            text=text,
            verdicts=verdicts,
            level=level,
            pattern=own.key(block.type if block else proposal.target, proposal.original, text) if own else "",
            score=checks.confidence(proposal.verdicts),
            confidence=proposal.confidence,
            review=Suggestion.Review.APPROVED if approves else Suggestion.Review.PENDING,
            created_at=now,
            decided_at=now if approves else None,
        )


def level_of(proposal: optimizer.Suggestion) -> str:
    """The hardest word of the checks on one text; a text that was not kept is refused."""
    levels = [verdict.level for verdict in proposal.verdicts] + (["pass"] if proposal.text else ["refuse"])
    return max(levels, key=LEVELS.index)
