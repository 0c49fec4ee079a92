"""The pages of a project as a grid of two dimensions, brand × place: the state of each cell, or its sameness.

Two statements, whatever the project's size: which dimensions there are, and all cells. What is shown of them
is cut in Python, so that the next rows cost what the first ones do.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from projects.models import Project

ROWS, COLUMNS = 25, 14
# A dimension with one value makes no grid.
FEWEST_VALUES = 2

DIMENSIONS = """
SELECT d.key, count(DISTINCT d.value) FROM batches_page p, jsonb_each_text(p.dimensions) d
WHERE p.project_id = %s GROUP BY d.key HAVING count(DISTINCT d.value) >= %s ORDER BY 2 DESC, 1
"""
# The newest run of a page says its state and title. Titles are alike once the two values are taken out.
CELLS = """
WITH told AS (
    SELECT p.dimensions ->> %(down)s AS down, p.dimensions ->> %(across)s AS across, CASE
        WHEN r.status IS NULL THEN 'new'
        WHEN r.status = 'failed' THEN 'failed'
        WHEN r.status NOT IN ('done', 'skipped') THEN 'busy'
        WHEN p.results_version > 0 THEN 'approved'
        WHEN r.changes > 0 THEN 'open'
        ELSE 'same' END AS state,
        replace(replace(lower(coalesce(r.title, '')), lower(p.dimensions ->> %(down)s), '·'),
            lower(p.dimensions ->> %(across)s), '·') AS title
    FROM batches_page p LEFT JOIN LATERAL (
        SELECT n.status, n.changes, n.title FROM batches_pagerun n WHERE n.page_id = p.id
        ORDER BY n.id + 0 DESC LIMIT 1
    ) r ON true
    WHERE p.project_id = %(project)s AND p.dimensions ? %(down)s AND p.dimensions ? %(across)s
), alike AS (SELECT title, count(*) AS pages FROM told WHERE title <> '' GROUP BY title)
SELECT t.down, t.across, t.state, count(*), coalesce(max(a.pages), 0)
FROM told t LEFT JOIN alike a ON a.title = t.title GROUP BY 1, 2, 3
"""
# The worst first: it gives a cell its colour.
STATES = {
    "failed": _("Failed"),
    "open": _("To decide"),
    "busy": _("Waiting or in work"),
    "approved": _("Approved"),
    "same": _("Nothing to change"),
    "new": _("Not worked on"),
}
# Up to this share of all pages with the same words around their place and brand.
SHARES = {"own": 0.0, "few": 0.05, "some": 0.25, "many": 0.6, "all": 1.0}
SAMENESS = {
    "own": _("Words of its own"),
    "few": _("Up to 5 % say the same"),
    "some": _("Up to 25 %"),
    "many": _("Up to 60 %"),
    "all": _("More"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    look: str = ""
    pages: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    down: str
    across: str
    columns: list[str]
    rows: list[tuple[str, list[Cell]]]
    # How many values there are of each, shown or not.
    row_count: int
    column_count: int
    first: int
    legend: Mapping[str, str]
    mode: str

    @property
    def last(self) -> int:
        return self.first + len(self.rows)

    def link(self, first: int) -> str:
        return urlencode({"down": self.down, "across": self.across, "by": self.mode, "first": first})

    @property
    def previous(self) -> str:
        return self.link(max(0, self.first - ROWS)) if self.first else ""

    @property
    def next(self) -> str:
        return self.link(self.last) if self.last < self.row_count else ""


def dimensions(project: Project) -> list[str]:
    """Names of the dimensions that tell pages apart, those with most values first."""
    with connection.cursor() as database:
        database.execute(DIMENSIONS, [project.id, FEWEST_VALUES])
        return [name for name, _values in database.fetchall()]


def grid(project: Project, names: list[str], given: Mapping[str, str]) -> Grid | None:
    """The grid that the address asks for; None where there are no two dimensions."""
    if len(names) < 2:
        return None
    down = given.get("down") if given.get("down") in names else names[0]
    rest = [name for name in names if name != down]
    across = given.get("across") if given.get("across") in rest else rest[0]
    assert down
    assert across
    mode = "sameness" if given.get("by") == "sameness" else "state"
    found = cells(project, down, across)
    total = sum(pages for states in found.values() for pages, _alike in states.values())
    rows, columns = Counter[str](), Counter[str]()
    for (row, column), states in found.items():
        pages = sum(pages for pages, _alike in states.values())
        rows[row] += pages
        columns[column] += pages
    first = int(given.get("first") or 0) if (given.get("first") or "0").isdecimal() else 0
    first = first if first < len(rows) else 0
    # By name, so that people find a place; the columns with most pages, since not all may fit.
    shown = sorted(rows, key=str.casefold)[first : first + ROWS]
    across_shown = sorted((c for c, _pages in columns.most_common(COLUMNS)), key=str.casefold)
    draw = drawn_state if mode == "state" else drawn_sameness
    lines = [(row, [draw(found.get((row, c), {}), total) for c in across_shown]) for row in shown]
    looks = STATES if mode == "state" else SAMENESS
    legend = {look: gettext(words) for look, words in looks.items()}
    return Grid(down, across, across_shown, lines, len(rows), len(columns), first, legend, mode)


# By row and column and state: (pages, most pages that share a title with one of them).
Found = dict[tuple[str, str], dict[str, tuple[int, int]]]


def cells(project: Project, down: str, across: str) -> Found:
    found: Found = {}
    with connection.cursor() as database:
        database.execute(CELLS, {"project": project.id, "down": down, "across": across})
        for row, column, state, pages, alike in database.fetchall():
            found.setdefault((row, column), {})[state] = (pages, alike)
    return found


def drawn_state(states: Mapping[str, tuple[int, int]], total: int) -> Cell:
    for name in STATES:
        if name in states:
            words = ", ".join(f"{states[n][0]:,} {gettext(STATES[n]).lower()}" for n in STATES if n in states)
            return Cell(name, sum(pages for pages, _alike in states.values()), words)
    return Cell()


def drawn_sameness(states: Mapping[str, tuple[int, int]], total: int) -> Cell:
    if not states:
        return Cell()
    most = max(alike for _pages, alike in states.values())
    share = most / total if most > 1 else 0.0
    look = next(name for name, upto in SHARES.items() if share <= upto or math.isclose(upto, 1.0))
    alone = gettext("No other page has its title")
    shared = ngettext("%(pages)s page shares a title", "%(pages)s pages share a title", most)
    words = shared % {"pages": f"{most:,}"} if most > 1 else alone
    return Cell(look, sum(pages for pages, _alike in states.values()), words)


def context(project: Project, given: Mapping[str, str]) -> dict[str, Any]:
    names = dimensions(project)
    return {"grid": grid(project, names, given), "dimension_names": names}
