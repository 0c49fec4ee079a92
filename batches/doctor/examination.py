"""Asking every question, all of them of one moment."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from batches.doctor import contents, economy, flow, money, surroundings
from batches.models import PageRun
from nimbus import health

# Who has broken a promise thousands of times need not name each one.
MOST_NAMED = 20
IN_SQL = {
    invariant.name: invariant
    for invariant in (*flow.INVARIANTS, *economy.INVARIANTS, *money.INVARIANTS, *surroundings.INVARIANTS)
}
IN_PYTHON: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "chains": ("Every audit chain is whole, without a gap.", contents.broken_chains),
    "files": ("Every stored file is there and unchanged, and none is nobody's.", contents.damaged_files),
    "secrets": ("No key or secret stands in any text of the database.", contents.spilt_secrets),
    "sound_results": ("No stored text is one that the checks refuse.", contents.unsound_results),
}
NAMES = (*IN_SQL, *IN_PYTHON)


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise and what breaks it; nothing, where all is well."""

    name: str
    promise: str
    breaches: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not self.breaches


def examine(names: Sequence[str] = NAMES) -> list[Finding]:
    """The findings of the named questions. The rows are those of one moment, whatever goes on meanwhile."""
    with one_moment():
        return [ask(name) for name in names]


def ask(name: str) -> Finding:
    if name in IN_PYTHON:
        promise, look = IN_PYTHON[name]
        return Finding(name, promise, list(islice(look(), MOST_NAMED)))
    invariant = IN_SQL[name]
    with connection.cursor() as cursor:
        cursor.execute(invariant.sql, patience())
        return Finding(name, invariant.promise, [row[0] for row in cursor.fetchmany(MOST_NAMED)])


def patience() -> dict[str, Any]:
    return {
        # Three sweeps, and never less than the fifteen seconds that one may take under load.
        "patience": max(15, 3 * settings.SWEEP_S),
        "call": 2 * settings.OPENAI_TIMEOUT_S + settings.LEASE_S,
        # The lane is looked at now and then, and its worker may have died.
        "economy": 3 * settings.ECONOMY_POLL_S + settings.ECONOMY_LEASE_S,
        "attempts": PageRun.MAX_ATTEMPTS,
        "silence": health.PATIENCE_S,
    }


@contextmanager
def one_moment() -> Iterator[None]:
    is_inside = connection.in_atomic_block
    with transaction.atomic():
        if not is_inside:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings for people."""
    for finding in findings:
        yield f"{'well  ' if finding.is_well else 'BROKEN'} {finding.name}: {finding.promise}"
        yield from (f"         {breach}" for breach in finding.breaches)
