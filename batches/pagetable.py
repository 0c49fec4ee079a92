"""The pages of a project as one table: each with its newest run, filtered, ordered, a portion at a time.

One statement with fixed text, in which a filter that is not set is a constant: the database drops it before
it plans. Portions go on behind the last row's own values, so the last one costs what the first one does.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count
from django.utils.encoding import iri_to_uri
from psycopg import sql

from batches.models import PageRun
from nimbus import querystring
from projects.models import Project

# "+ 0" is the order of the index run_newest alone: without statistics, as after a first upload, the database
# would else walk all runs backwards by id until it meets one of the page. "OFFSET 0" has it look each run's
# findings up: otherwise it may collect those of all tenants first.
PAGES = """
SELECT p.id, p.domain, p.path, p.dimensions, p.results_version > 0, r.id, r.batch_id, coalesce(r.title, ''),
    coalesce(r.status, ''), coalesce(r.error_code, ''), r.changes, r.confidence,
    coalesce(r.cost_microdollars, 0), r.finished_at, {worth}
FROM batches_page p LEFT JOIN LATERAL (
    SELECT n.* FROM batches_pagerun n WHERE n.page_id = p.id ORDER BY n.id + 0 DESC LIMIT 1
) r ON true
WHERE p.project_id = %(project)s
    AND (%(status)s = '' OR r.status = %(status)s)
    AND (%(family)s = '' OR p.family = %(family)s)
    AND (%(like)s = '' OR p.path ILIKE %(path_like)s OR r.title ILIKE %(like)s)
    AND (%(low)s::float8 IS NULL OR r.confidence >= %(low)s)
    AND (%(high)s::float8 IS NULL OR r.confidence <= %(high)s)
    AND (%(value)s = '' OR EXISTS (
        SELECT FROM jsonb_each(p.dimensions) d
        WHERE (%(name)s = '' OR lower(d.key) = lower(%(name)s)) AND (
            lower(d.value::text)::jsonb @> to_jsonb(lower(%(value)s)) OR d.value::text = %(value)s)))
    AND (%(check)s = '' OR EXISTS (
        SELECT FROM batches_suggestion s WHERE s.run_id = r.id AND s.level <> 'pass'
            AND s.verdicts @> jsonb_build_array(jsonb_build_object('check', %(check)s)) OFFSET 0))
    {beyond}
ORDER BY {order} LIMIT %(limit)s
"""
# What each page still asks of people, and the checks that hold it.
FINDINGS = """
SELECT s.run_id, count(DISTINCT s.id) FILTER (WHERE s.review = 'pending'),
    coalesce(array_agg(DISTINCT v.value ->> 'check')
        FILTER (WHERE s.review = 'pending' AND v.value ->> 'level' IN ('hold', 'refuse')), '{}')
FROM batches_suggestion s LEFT JOIN LATERAL jsonb_array_elements(s.verdicts) v ON s.level <> 'pass'
WHERE s.run_id = ANY(%s) GROUP BY s.run_id
"""
# By name: the number to order by, and whether its highest comes first. Paths are ordered as texts.
SORTS = {
    "path": ("", False),
    "confidence": ("r.confidence", False),
    "changes": ("r.changes::float8", True),
    "cost": ("r.cost_microdollars::float8", True),
    "newest": ("r.id::float8", True),
}
PATH = [sql.SQL("p.domain"), sql.SQL("p.path")]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of the table, as its address says it."""

    q: str = ""
    status: str = ""
    family: str = ""
    dimension: str = ""
    check: str = ""
    low: str = ""
    high: str = ""
    sort: str = field(default="path", metadata={"filters": False})

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Wish":
        """Whatever the address holds; what makes no sense counts as not said."""
        said = querystring.said(cls, given)
        said["status"] = said["status"] if said["status"] in PageRun.Status.values else ""
        said["sort"] = said["sort"] if said["sort"].removeprefix("-") in SORTS else "path"
        for name in ("low", "high"):
            said[name] = said[name] if number(said[name]) is not None else ""
        return cls(**said)

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set."""
        named = {
            item.name: getattr(self, item.name) for item in fields(self) if "filters" not in item.metadata
        }
        return {name: value for name, value in named.items() if value}

    @property
    def arguments(self) -> dict[str, Any]:
        name, _, value = self.dimension.rpartition(":")
        return {
            "status": self.status,
            "family": self.family,
            "like": like(self.q),
            # A path keeps its letters as percent codes.
            "path_like": like(iri_to_uri(self.q)),
            "low": number(self.low),
            "high": number(self.high),
            "name": name.strip(),
            "value": value.strip(),
            "check": self.check,
        }


def like(text: str) -> str:
    """The pattern of SQL for what holds this text."""
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%" if text else ""


def number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


class Row(NamedTuple):
    page_id: str
    domain: str
    path: str
    dimensions: dict[str, Any]
    is_approved: bool
    run_id: int | None
    batch_id: str | None
    title: str
    status: str
    error_code: str
    changes: int | None
    confidence: float | None
    cost_microdollars: int
    finished_at: datetime | None
    # What it is ordered by: a number, or a text that says nothing where paths are the order.
    worth: float
    undecided: int = 0
    held_by: Sequence[str] = ()


def portion(
    project: Project, wish: Wish, limit: int, cursor: str = "", *, backwards: bool = False
) -> list[Row]:
    """So many rows behind the cursor, or before it; always in the order of the table."""
    name, is_flipped = wish.sort.removeprefix("-"), wish.sort.startswith("-")
    number_of, is_down = SORTS[name]
    goes_down = is_down != is_flipped
    reads_down = goes_down != backwards
    # A page without a value comes last, in either direction.
    last = sql.Literal("-infinity" if goes_down else "infinity")
    worth: sql.Composable = sql.SQL("0")
    keys: list[sql.Composable] = [*PATH]
    if number_of:
        worth = sql.SQL("coalesce({}, {}::float8)").format(sql.SQL(number_of), last)
        keys = [worth, sql.SQL("p.id")]
    way, sign = (sql.SQL(" DESC"), sql.SQL("<")) if reads_down else (sql.SQL(""), sql.SQL(">"))
    beyond: sql.Composable = sql.SQL("")
    if behind := values(cursor, is_number=bool(number_of)):
        beyond = sql.SQL("AND ({}) {} ({}, {})").format(
            sql.SQL(", ").join(keys), sign, *map(sql.Literal, behind)
        )
    order = sql.SQL(", ").join(key + way for key in keys)
    statement = sql.SQL(PAGES).format(worth=worth, beyond=beyond, order=order)
    with connection.cursor() as database:
        database.execute(statement, wish.arguments | {"project": project.id, "limit": limit})
        found = database.fetchall()
    rows = [Row._make([*row[:3], json.loads(row[3]), *row[4:], 0, ()]) for row in found]
    return rows[::-1] if backwards else rows


def cursor_of(row: Row, wish: Wish) -> str:
    is_number = bool(SORTS[wish.sort.removeprefix("-")][0])
    return json.dumps([str(row.worth), row.page_id] if is_number else [row.domain, row.path])


def values(cursor: str, *, is_number: bool) -> list[str]:
    """The two values of a cursor; none of one that somebody made up."""
    try:
        found = json.loads(cursor or "null")
    except ValueError:
        return []
    if not isinstance(found, list) or len(found) != 2 or not all(isinstance(item, str) for item in found):
        return []
    if "\x00" in "".join(found) or (is_number and not is_float(found[0])):
        return []
    return found


def is_float(text: str) -> bool:
    return number(text) is not None or text in ("inf", "-inf")


def with_findings(rows: Sequence[Row]) -> list[Row]:
    """What people still have to decide on each page: one question for all of them."""
    with connection.cursor() as database:
        database.execute(FINDINGS, [[row.run_id for row in rows if row.run_id]])
        found = {run: (undecided, held_by) for run, undecided, held_by in database.fetchall()}
    told = ((row, *found.get(row.run_id, (0, ()))) for row in rows)
    return [row._replace(undecided=undecided, held_by=held_by) for row, undecided, held_by in told]


def every(project: Project, wish: Wish, at_once: int) -> Iterator[list[Row]]:
    """All rows that match, a portion at a time."""
    cursor = ""
    while rows := portion(project, wish, at_once, cursor):
        yield with_findings(rows)
        if len(rows) < at_once:
            return
        cursor = cursor_of(rows[-1], wish)


def known_families(project: Project) -> list[str]:
    """The families with most pages, to choose from."""
    grouped = project.pages.exclude(family="").values_list("family").annotate(pages=Count("id"))
    return sorted(name for name, _ in grouped.order_by("-pages", "family")[:100])


def known_dimensions(project: Project) -> list[str]:
    """Some of the values that the project's pages have, to choose from; any other may be typed."""
    some = project.pages.exclude(dimensions={}).values_list("dimensions", flat=True)[:1_000]
    found = {
        f"{name}: {value}"
        for dimensions in some
        for name, values in dimensions.items()
        for value in (values if isinstance(values, list) else [values])
    }
    return sorted(found)[:200]
