"""The table of pages as a file for a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from batches import pagetable
from batches.pagetable import Row, Wish
from nimbus.spreadsheets import MARK, lines, plain
from projects.models import Project

AT_ONCE = 1_000
MICRO = 1_000_000
COLUMNS = (
    "page", "title", "dimensions", "status", "error", "changes", "to decide", "held by", "confidence",
    "cost in dollars", "approved text", "finished", "page id", "batch",
)  # fmt: skip


def stream(project: Project, wish: Wish) -> Iterator[bytes]:
    yield MARK + lines([COLUMNS])
    for rows in pagetable.every(project, wish, AT_ONCE):
        yield lines([cells(row) for row in rows])


def cells(row: Row) -> list[Any]:
    dimensions = "; ".join(f"{name}: {value}" for name, value in row.dimensions.items())
    return [
        plain(f"https://{row.domain}{row.path}"), plain(row.title), plain(dimensions), row.status,
        plain(row.error_code), row.changes, row.undecided, ", ".join(row.held_by), row.confidence,
        f"{row.cost_microdollars / MICRO:.6f}" if row.finished_at else "", "yes" if row.is_approved else "no",
        row.finished_at.isoformat(timespec="seconds") if row.finished_at else "", row.page_id, row.batch_id,
    ]  # fmt: skip
