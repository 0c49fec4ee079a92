"""Many rows at once, the quickest way that the database allows."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, models

from nimbus import walls


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY is several times cheaper than INSERT, but refused to roles that row-level security holds.

    JSON is handed in as text.
    """
    table = model._meta.db_table
    if is_held(table):
        insert(model, columns, list(rows))
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def is_held(table: str) -> bool:
    """Whether row-level security holds this transaction."""
    if settings.NIMBUS_ROLE == "app":
        sight = walls.wanted()
        return sight is None or not sight.role
    return is_process_held(table)


@functools.cache
def is_process_held(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active(%s)", [table])
        return bool(cursor.fetchone()[0])


def insert(model: type[models.Model], columns: Sequence[str], rows: list[Sequence[Any]]) -> None:
    """One statement, one array a column."""
    if not rows:
        return
    types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    arrays = ", ".join(f"%s::{types[column]}[]" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})",  # noqa: S608
            [list(values) for values in zip(*rows, strict=True)],
        )
