"""Which undecided changes of a batch are alike, which stand alone, and which a check holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, F, Q

from batches import keeping
from batches.models import Batch, PageSnapshot, Suggestion
from batches.wishes import FREE, HELD, Wish
from optimizer import alike, words
from optimizer.alike import Abstraction
from optimizer.masks import MARK, SHORTEST, Mask
from optimizer.types import PageText

# Groups and pages listed at most; their counts are of all.
LISTED = 50
# In one statement: the groups, and the pages with what is in no group. Without filters all of it is read from
# one index, twice; what a filter leaves is found once.
# Rank 3 is held, 2 wants a closer look, 1 passed. Where most changes are alike, one that is not stands out.
QUEUE = """
WITH open AS {how} (
    SELECT o.* FROM ({open}) o
), alike AS MATERIALIZED (
    SELECT pattern, count(*) AS n, min(confidence) AS sure, bool_or(level = 'note') AS noted,
        coalesce(min(id COLLATE "C") FILTER (WHERE level = 'note'), min(id COLLATE "C")) AS first
    FROM open WHERE level IN ('pass', 'note') AND pattern <> ''
    GROUP BY pattern HAVING count(*) > 1
), rest AS (
    SELECT page_id, count(*) AS n, min(confidence) AS sure,
        max(CASE WHEN level IN ('hold', 'refuse') THEN 3 WHEN level = 'note' THEN 2 ELSE 1 END) AS rank
    FROM open
    WHERE level NOT IN ('pass', 'note') OR pattern NOT IN (SELECT pattern FROM alike) GROUP BY page_id
), ranked AS (
    SELECT page_id, n, sure, CASE WHEN rank = 1 AND
        (SELECT coalesce(sum(n), 0) FROM alike) > (SELECT coalesce(sum(n), 0) FROM rest WHERE rank = 1)
        THEN 2 ELSE rank END AS rank FROM rest
), numbered AS (
    SELECT *, count(*) OVER whole AS pages, sum(n) OVER whole AS changes,
        row_number() OVER (PARTITION BY rank ORDER BY sure NULLS FIRST, page_id) AS place
    FROM ranked WINDOW whole AS (PARTITION BY rank)
    UNION ALL
    SELECT first, n, sure, CASE WHEN noted THEN -1 ELSE 0 END, count(*) OVER kind, sum(n) OVER kind,
        row_number() OVER (PARTITION BY noted ORDER BY n DESC, pattern)
    FROM alike WINDOW kind AS (PARTITION BY noted)
)
SELECT page_id, n, sure, rank, pages, changes, place FROM numbered WHERE place <= %s ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the queue: a page, or a group by its first change (rank 0, or -1 with a remark)."""

    id: str
    n: int
    sure: float | None
    rank: int
    entries: int
    changes: int
    place: int


def opened(batch: Batch, wish: Wish, since: datetime | None = None) -> Any:
    """What waits for a decision, or did at `since`, and passes the filters."""
    waits = Q(review=Suggestion.Review.PENDING)
    if since:
        waits |= Q(decided_at__gte=since)
    return wish.filtered(Suggestion.objects.filter(waits, batch=batch))


def queue(batch: Batch, wish: Wish) -> list[Entry]:
    """The lines of the queue. A large batch is not counted again at every look, and whoever draws it leaves
    out what was decided meanwhile."""
    return keeping.slow(f"review-queue:{batch.id}", urlencode(wish.filters), lambda: counted(batch, wish))


def sizes(batch: Batch, wish: Wish) -> tuple[int, int]:
    """How many changes the list has, and how many of them no check holds; kept like the queue."""

    def count() -> tuple[int, int]:
        told = listed(batch, wish).order_by().aggregate(all=Count("id"), free=Count("id", filter=FREE))
        return told["all"], told["free"]

    return keeping.slow(f"review-sizes:{batch.id}", urlencode(wish.given), count)


def counted(batch: Batch, wish: Wish) -> list[Entry]:
    wanted = opened(batch, wish).order_by().values("id", "page_id", "level", "confidence", "pattern")
    sql, values = wanted.query.sql_with_params()
    how = "MATERIALIZED" if wish.filters else "NOT MATERIALIZED"
    with connection.cursor() as cursor:
        cursor.execute(QUEUE.replace("{how}", how).replace("{open}", sql), [*values, LISTED])
        return [Entry(*row) for row in cursor.fetchall()]


def grouped(open_: Any) -> Any:
    """The patterns that more than one of these follows."""
    ready = open_.filter(FREE).exclude(pattern="").order_by()
    return ready.values("pattern").annotate(n=Count("id")).filter(n__gt=1).values("pattern")


def listed(batch: Batch, wish: Wish, since: datetime | None = None) -> Any:
    """The undecided changes of the list that is wished for, the least sure first.

    Groups are those of `since`, where it is given: a group of which most is decided by now is one still.
    """
    rows = opened(batch, wish)
    if wish.page:
        rows = rows.filter(page_id=wish.page)
    if wish.alike:
        rows = rows.filter(FREE, pattern=wish.alike)
    if wish.list == "held":
        rows = rows.filter(level__in=HELD)
    elif wish.list == "closer":
        rows = rows.filter(FREE).exclude(pattern__in=grouped(opened(batch, wish, since)))
    return rows.order_by(F("confidence").asc(nulls_first=True), "id")


def beyond(rows: Any, last: Suggestion) -> Any:
    """Those that come behind `last` in the order of `listed`."""
    if last.confidence is None:
        return rows.filter(Q(confidence=None, id__gt=last.id) | Q(confidence__isnull=False))
    return rows.filter(Q(confidence__gt=last.confidence) | Q(confidence=last.confidence, id__gt=last.id))


def abstraction(snapshot: PageSnapshot, url: str) -> Abstraction:
    return Abstraction.of(PageText.from_extraction(snapshot.extraction, url))


def template(suggestion: Suggestion) -> list[tuple[str, str]]:
    """The wording of a group as runs of text and slots, from one of its changes."""
    own = abstraction(suggestion.run.snapshot, suggestion.page.url)
    return alike.pieces(own.of_text(suggestion.text))


def short_template(suggestion: Suggestion) -> list[tuple[str, str]]:
    """The same for a list, without the page's text: only dimension values are taken out."""
    values = {
        name: words.spelled(value)
        for name, value in (suggestion.page.dimensions or {}).items()
        if isinstance(value, str) and len(value) >= SHORTEST and MARK.fullmatch(f"⟦{name}⟧")
    }
    return alike.pieces(Mask(values).hide(suggestion.text))


def spelled_out(pieces: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{{{text}}}" if kind == "slot" else text for kind, text in pieces)
