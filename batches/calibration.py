"""Confidence as this project's people bear it out: how often they took texts of a score as they were.

The checks give each text a score. Once people have decided on enough of them one by one, the confidence of a
text is the share of its like that was accepted unedited, drawn to the score where few were decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from batches import keeping
from batches.models import Decision, Suggestion
from optimizer import types as optimizer
from projects.models import Project

# Too few decisions say nothing.
FEWEST = 20
BANDS = ((0.9, 1.01), (0.5, 0.9), (0.0, 0.5))
# A score counts as much as so many decisions.
WEIGHT = 10
KEPT_S = 15
PORTION = 2_000
# Pending texts of projects in which somebody decided so lately get their confidence anew.
LATELY_S, LOOKED_AT = 180, 5_000
LATELY = """
SELECT DISTINCT b.project_id FROM (
    SELECT suggestion_id, at FROM batches_decision ORDER BY id DESC LIMIT %s
) d JOIN batches_suggestion s ON s.id = d.suggestion_id JOIN batches_batch b ON b.id = s.batch_id
WHERE d.at > clock_timestamp() - make_interval(secs => %s)
"""
# In the order of their ids, as people lock them, and without waiting for who is at one of them.
ANEW = """
WITH stale AS MATERIALIZED (
    SELECT s.id, e.confidence FROM batches_suggestion s JOIN batches_batch b ON b.id = s.batch_id
        JOIN unnest(%s::float8[], %s::float8[]) AS e (score, confidence) ON e.score = s.score
    WHERE b.project_id = %s AND s.review = 'pending' AND s.confidence <> e.confidence
    ORDER BY s.id LIMIT %s FOR NO KEY UPDATE OF s SKIP LOCKED
)
UPDATE batches_suggestion s SET confidence = stale.confidence FROM stale WHERE s.id = stale.id
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """The texts of one score that people decided on, one by one."""

    score: float
    decided: int
    # Approved without a change of wording.
    accepted: int


@dataclass(frozen=True, slots=True)
class Band:
    least: float
    decided: int
    accepted: int

    @property
    def share(self) -> float:
        return self.accepted / self.decided

    @property
    def sentence(self) -> str:
        said = gettext(
            "Of %(decided)s texts scored %(least)s or more, %(percent)s\u00a0%% were accepted unedited."
        )
        return said % {
            "decided": f"{self.decided:,}",
            "least": f"{self.least:.1f}",
            "percent": f"{self.share * 100:.0f}",
        }


@dataclass(frozen=True, slots=True)
class Curve:
    """What a score is worth in a project; without enough decisions it is worth itself."""

    worth: Mapping[float, float]

    def of(self, score: float | None) -> float | None:
        if score is None or not self.worth:
            return score
        if score in self.worth:
            return self.worth[score]
        below = max((known for known in self.worth if known < score), default=None)
        above = min((known for known in self.worth if known > score), default=None)
        low = self.worth[below] if below is not None else 0.0
        high = self.worth[above] if above is not None else 1.0
        return round(min(max(score, low), high), 2)

    def applied(self, suggestions: Iterable[optimizer.Suggestion]) -> tuple[optimizer.Suggestion, ...]:
        return tuple(replace(one, confidence=self.of(one.confidence)) for one in suggestions)


def tallies(project_id: str) -> list[Tally]:
    """By score, what people made of it; what was approved by itself, or with others, says nothing."""
    name = f"calibration:{project_id}"
    known: list[Tally] | None = keeping.kept(name)
    if known is None:
        known = counted(project_id)
        keeping.keep(name, known, KEPT_S)
    return known


def counted(project_id: str) -> list[Tally]:
    by_people = Decision.objects.filter(suggestion=OuterRef("pk"), group=None).exclude(by="auto")
    texts = Suggestion.objects.filter(Exists(by_people), page__project=project_id)
    scored: Any = texts.exclude(review=Suggestion.Review.PENDING).annotate(
        found=Coalesce("score", "confidence")
    )
    is_accepted = Q(review=Suggestion.Review.APPROVED, decided_text="")
    rows = scored.filter(found__isnull=False).order_by("found").values("found")
    rows = rows.annotate(decided=Count("id"), accepted=Count("id", filter=is_accepted))
    return [Tally(row["found"], row["decided"], row["accepted"]) for row in rows]


def bands(project: Project) -> list[Band]:
    """The bands of scores in which people have decided enough."""
    known = tallies(project.id)
    found = []
    for least, most in BANDS:
        mine = [tally for tally in known if least <= tally.score < most]
        found.append(Band(least, sum(t.decided for t in mine), sum(t.accepted for t in mine)))
    return [band for band in found if band.decided >= FEWEST]


def curve(project_id: str) -> Curve:
    return drawn(counted(project_id))


def drawn(known: Sequence[Tally]) -> Curve:
    """Shares by score, each weighed with the score itself, that never fall where the score rises."""
    if sum(tally.decided for tally in known) < FEWEST:
        return Curve({})
    # Neighbours whose shares fall are one step: (scores, accepted, decided).
    steps: list[tuple[list[float], float, float]] = []
    for tally in sorted(known, key=lambda tally: tally.score):
        step = ([tally.score], tally.accepted + WEIGHT * tally.score, float(tally.decided + WEIGHT))
        while steps and steps[-1][1] / steps[-1][2] > step[1] / step[2]:
            scores, accepted, decided = steps.pop()
            step = (scores + step[0], accepted + step[1], decided + step[2])
        steps.append(step)
    return Curve({score: round(a / n, 2) for scores, a, n in steps for score in scores})


def refresh_lately() -> int:
    """Give what waits its confidence anew wherever people decided lately; how many texts changed."""
    with connection.cursor() as cursor:
        cursor.execute(LATELY, [LOOKED_AT, LATELY_S])
        projects = [row[0] for row in cursor.fetchall()]
    return sum(refresh(project) for project in projects)


def refresh(project_id: str) -> int:
    worth = curve(project_id)
    waiting = Suggestion.objects.filter(
        batch__project=project_id, review=Suggestion.Review.PENDING, score__isnull=False
    )
    scores = list(waiting.order_by().values_list("score", flat=True).distinct())
    values = [worth.of(score) for score in scores]
    changed, last = 0, PORTION
    while scores and last == PORTION:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ANEW, [scores, values, project_id, PORTION])
            last = int(cursor.rowcount)
        changed += last
    return changed
