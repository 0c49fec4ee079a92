"""Whether the process lives, can do its work, and whether the installation does: beat has been heard of."""

import functools

from django.db import Error, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# The name under which the sweep says that beat and a worker are there.
BEAT = "beat"
# Beat ticks every few seconds; a restart of everything takes less than this, too.
PATIENCE_S = 120
NOTE = """
INSERT INTO nimbus_heartbeat (name, at) VALUES (%s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""
SILENCE = "SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM nimbus_heartbeat WHERE name = %s"


def note(name: str) -> None:
    """It has happened once more."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [name])


def silence_s(name: str) -> float | None:
    """Seconds since it last happened, by the database's clock; None where it never did."""
    with connection.cursor() as cursor:
        cursor.execute(SILENCE, [name])
        found = cursor.fetchone()
    return float(found[0]) if found else None


@never_cache
@require_safe
def show(request: HttpRequest) -> JsonResponse:
    """For monitors: 503 where the database or beat is away."""
    try:
        seen_s = silence_s(BEAT)
    except Error:
        return JsonResponse({"is_well": False, "database": "down", "beat_seen_s": None}, status=503)
    is_well = seen_s is not None and seen_s <= PATIENCE_S
    told = {"is_well": is_well, "database": "up", "beat_seen_s": None if seen_s is None else round(seen_s, 1)}
    return JsonResponse(told, status=200 if is_well else 503)


@never_cache
@require_safe
def show_life(request: HttpRequest) -> JsonResponse:
    """For whoever restarts what hangs: the process answers. It asks nothing: no outage restarts it."""
    return JsonResponse({"is_alive": True})


@never_cache
@require_safe
def show_readiness(request: HttpRequest) -> JsonResponse:
    """For balancers: whether this process can do its work. Without beat or Valkey it still can."""
    try:
        missing = sorted(".".join(name) for name in migrations() - applied())
    except Error as error:
        # A database that was never migrated has no table of migrations.
        is_empty = isinstance(error, ProgrammingError)
        return readiness("up" if is_empty else "down", None)
    return readiness("up", missing)


def readiness(database: str, missing: list[str] | None) -> JsonResponse:
    is_ready = missing == []
    told = {"is_ready": is_ready, "database": database, "missing_migrations": missing}
    return JsonResponse(told, status=200 if is_ready else 503)


@functools.cache
def migrations() -> frozenset[tuple[str, str]]:
    """Those of this version of the code."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def applied() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())
