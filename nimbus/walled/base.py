"""Django's PostgreSQL backend for the app role, which tells each transaction who asks (see nimbus.walls).

What it tells is local to the transaction, so that a connection carries nothing over to the next request.
A statement outside of any transaction gets one of its own.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from django.db.backends.postgresql import base
from psycopg import sql

from nimbus import walls
from nimbus.walls import NOBODY, Sight


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # What the transaction that is open knows.
        self.told: Sight = NOBODY
        self.execute_wrappers.append(self.tell_first)

    def tell_first(self, execute: Callable[..., Any], *statement: Any) -> Any:
        wanted = walls.wanted() or NOBODY
        if self.in_atomic_block or not self.autocommit:
            if wanted != self.told:
                with self.wrap_database_errors:
                    self.say(tell(wanted, was=self.told))
                self.told = wanted
            return execute(*statement)
        if wanted == NOBODY:
            return execute(*statement)
        with self.transaction_of_its_own(wanted):
            return execute(*statement)

    @contextlib.contextmanager
    def transaction_of_its_own(self, wanted: Sight) -> Iterator[None]:
        with self.wrap_database_errors:
            self.say(sql.SQL("BEGIN; ") + tell(wanted, was=NOBODY))
        try:
            yield
        except BaseException:
            # Where the connection itself is lost, there is nothing left to roll back.
            with contextlib.suppress(self.Database.Error):
                self.say(sql.SQL("ROLLBACK"))
            raise
        with self.wrap_database_errors:
            self.say(sql.SQL("COMMIT"))

    def say(self, words: sql.Composable) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(words)

    # PostgreSQL forgets what was told when the transaction ends, or returns to an earlier point of it.

    def connect(self) -> None:
        self.told = NOBODY
        super().connect()

    def set_autocommit(self, autocommit: bool, *options: Any, **more: Any) -> None:
        self.told = NOBODY
        super().set_autocommit(autocommit, *options, **more)

    def commit(self) -> None:
        self.told = NOBODY
        super().commit()

    def rollback(self) -> None:
        self.told = NOBODY
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        super().savepoint_rollback(sid)
        # Unlike any sight, so that the next statement tells again.
        self.told = UNSURE


UNSURE = Sight(role="?")


def tell(sight: Sight, was: Sight) -> sql.Composable:
    """The statements that tell a transaction; values are literals, since several go in one message."""
    words = sql.SQL("")
    if sight.role:
        return sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(sight.role))
    if was.role:
        words = sql.SQL("SET LOCAL ROLE NONE; ")
    values = (sight.person, ",".join(sight.proof), ",".join(sorted(sight.tenants)))
    return words + sql.SQL("SELECT nimbus_enter({})").format(sql.SQL(", ").join(map(sql.Literal, values)))
