"""Pages of an upload into their tables: COPY into a table of the transaction's own, then one statement.

COPY itself is refused to roles that row-level security holds; the INSERT … SELECT is not.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from psycopg import sql

from batches.models import Batch, Page, PageRun, PageSnapshot
from batches.pagelines import PageLine
from nimbus import clock

TABLE = """
CREATE TEMPORARY TABLE incoming (page_id text, domain text, path text, source_path text, dimensions jsonb,
    content_hash text, title text, body bytea, source_key text) ON COMMIT DROP
"""
COPY = "COPY incoming FROM STDIN"
# Pages in the order of their ids, so that two uploads of the same pages can't wait for each other. A page
# that is sent again keeps its run, with the new content.
STORE = """
WITH page AS (
    INSERT INTO batches_page ({page_columns}) SELECT {page_values} FROM incoming ORDER BY page_id
    ON CONFLICT (id) DO UPDATE SET source_path = excluded.source_path, dimensions = excluded.dimensions
), run AS (
    INSERT INTO batches_pagerun ({run_columns}) SELECT {run_values} FROM incoming
    ON CONFLICT (batch_id, page_id) DO UPDATE SET content_hash = excluded.content_hash, title = excluded.title
    RETURNING id, page_id
)
INSERT INTO batches_pagesnapshot ({snapshot_columns})
SELECT {snapshot_values} FROM incoming JOIN run USING (page_id)
ON CONFLICT (run_id) DO UPDATE SET body = excluded.body, source_key = excluded.source_key
"""


def store(batch: Batch, lines: Iterable[PageLine], sources: dict[str, tuple[str, int]]) -> None:
    """One row a page in each table; `sources` says where in the artifact storage its HTML is."""
    tenant = {"organization_id": batch.organization_id}
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        with cursor.copy(COPY) as copy:
            for line in lines:
                copy.write_row(row(line, sources))
        parts: dict[str, sql.Composable] = {}
        for name, model, given, names in (
            ("page", Page, tenant | {"project_id": batch.project_id}, PAGE),
            ("run", PageRun, tenant | {"batch_id": batch.id, "priority": batch.priority}, RUN),
            ("snapshot", PageSnapshot, tenant, SNAPSHOT),
        ):
            values = filled(model, given, names)
            parts[f"{name}_columns"] = sql.SQL(", ").join(map(sql.Identifier, values))
            parts[f"{name}_values"] = sql.SQL(", ").join(values.values())
        cursor.execute(sql.SQL(STORE).format(**parts))
        # Another portion of the same transaction brings its own.
        cursor.execute("DROP TABLE incoming")


# Columns of a table, and what fills them.
PAGE = {
    "id": "page_id", "domain": "domain", "path": "path", "source_path": "source_path",
    "dimensions": "dimensions",
}  # fmt: skip
RUN = {"page_id": "page_id", "content_hash": "content_hash", "title": "title"}
SNAPSHOT = {"run_id": "run.id", "body": "body", "source_key": "source_key"}


def row(line: PageLine, sources: dict[str, tuple[str, int]]) -> tuple[Any, ...]:
    return (
        line.page_id,
        line.domain,
        line.path,
        line.source_path,
        line.dimensions,
        line.content_hash,
        line.title,
        line.body,
        sources.get(line.page_id, ("", 0))[0],
    )


def filled(
    model: type[models.Model], given: dict[str, Any], names: dict[str, str]
) -> dict[str, sql.Composable]:
    """By column what it gets: a column of the upload, what is given, or the model's own default."""
    values: dict[str, sql.Composable] = {}
    for field in model._meta.concrete_fields:
        if field.attname in names:
            values[field.attname] = sql.SQL(names[field.attname])
        elif field.attname in given:
            values[field.attname] = sql.Literal(given[field.attname])
        elif getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            values[field.attname] = sql.Literal(clock.now())
        elif field.default is not NOT_PROVIDED or field.empty_strings_allowed:
            default = field.get_db_prep_save(field.get_default(), connection)
            values[field.attname] = sql.Literal(default)
    return values
