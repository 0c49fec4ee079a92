"""The audit trail's only writer. Call it inside the transaction of the change it tells of."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection

from accounts.models import AuditChain, AuditEvent
from nimbus import clock, rows, walls

MAX_DATA_BYTES = 8 * 1024
# What the first event of a chain says of the one before it.
ORIGIN = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One event before it has its place in the chain."""

    chain: str
    action: str
    organization_id: str = ""
    actor: str = "system"
    target: str = ""
    batch: str = ""
    level: str = "info"
    step: str = ""
    message: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    duration_ms: int | None = None
    at: datetime = field(default_factory=clock.now)


def record(chain: Any, action: str, *, actor: Any = None, target: Any = "", **details: Any) -> None:
    """Record one event in the chain of a project, organization or user."""
    entry = Entry(
        chain=chain.id,
        organization_id=tenant_of(chain),
        action=action,
        actor=name_of(actor),
        target=getattr(target, "id", target) or "",
        **details,
    )
    record_many([entry])


def record_many(entries: Iterable[Entry]) -> None:
    """Record events of any number of chains; chains are locked in the order of their ids."""
    chains: dict[str, list[Entry]] = {}
    for entry in entries:
        chains.setdefault(entry.chain, []).append(entry)
    for chain_id in sorted(chains):
        # A person's own chain is written before that person has signed in, too.
        with walls.joined("" if chains[chain_id][0].organization_id else chain_id):
            append(chain_id, chains[chain_id])


def append(chain_id: str, entries: list[Entry]) -> None:
    with connection.cursor() as cursor:
        seq, previous = lock(cursor, chain_id, entries[0].organization_id)
        links = []
        for entry in entries:
            seq += 1
            fields = fields_of(entry, seq)
            digest = hash_fields(previous, entry.at, fields)
            links.append((*(fields[name] for name in HASHED), entry.at, previous, digest))
            previous = digest
        rows.write(AuditEvent, COLUMNS, map(as_json, links))
        cursor.execute(
            "UPDATE accounts_auditchain SET seq = %s, hash = %s WHERE id = %s", [seq, previous, chain_id]
        )


def lock(cursor: Any, chain_id: str, organization_id: str) -> tuple[int, str]:
    """The head of this chain, which nobody else prolongs until the commit; a new one where there is none."""
    head = "SELECT seq, hash FROM accounts_auditchain WHERE id = %s FOR UPDATE"
    cursor.execute(head, [chain_id])
    if found := cursor.fetchone():
        return found[0], found[1]
    cursor.execute(
        """INSERT INTO accounts_auditchain (id, organization_id, seq, hash) VALUES (%s, %s, 0, %s)
        ON CONFLICT DO NOTHING""",
        [chain_id, organization_id, ORIGIN],
    )
    cursor.execute(head, [chain_id])
    seq, digest = cursor.fetchone()
    return seq, digest


def fields_of(entry: Entry, seq: int) -> dict[str, Any]:
    """The columns that the hash covers, without the time."""
    data = entry.data
    if data and len(orjson.dumps(data)) > MAX_DATA_BYTES:
        data = {"omitted": "larger than 8 KB"}
    return {
        "chain": entry.chain,
        "seq": seq,
        "organization_id": entry.organization_id,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "batch": entry.batch,
        "level": entry.level,
        "step": entry.step or entry.action.partition(".")[0],
        "message": entry.message,
        "data": data,
        "duration_ms": entry.duration_ms,
    }


HASHED = (
    "chain", "seq", "organization_id", "actor", "action", "target", "batch", "level", "step", "message",
    "data", "duration_ms",
)  # fmt: skip


def hash_fields(previous: str, at: datetime, fields: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and every field, as sorted JSON; times in UTC microseconds."""
    hashed = fields | {"at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    body = orjson.dumps(hashed, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + body).hexdigest()


COLUMNS = (*HASHED, "at", "previous_hash", "hash")
DATA = COLUMNS.index("data")


def as_json(link: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*link[:DATA], orjson.dumps(link[DATA]).decode(), *link[DATA + 1 :])


def verify(chain_id: str) -> int | None:
    """The seq of the first event that breaks the chain, or None where all is well."""
    previous, seq = ORIGIN, 0
    rows = AuditEvent.objects.filter(chain=chain_id).order_by("seq")
    # Values, not instances: a chain may hold millions.
    for row in rows.values(*COLUMNS).iterator(chunk_size=5000):
        at, said, stored = row.pop("at"), row.pop("previous_hash"), row.pop("hash")
        if row["seq"] != seq + 1 or said != previous or hash_fields(said, at, row) != stored:
            return seq + 1
        previous, seq = stored, row["seq"]
    head = AuditChain.objects.filter(id=chain_id).first()
    intact = head is None or (head.seq == seq and head.hash == previous)
    return None if intact else seq + 1


def tenant_of(chain: Any) -> str:
    """An organization's own chain belongs to it, a project's to its organization, a person's to none."""
    return getattr(chain, "organization_id", "") or (chain.id if chain.id.startswith("org_") else "")


def name_of(actor: Any) -> str:
    """`user_…`, `key_…`, or `system`."""
    return getattr(actor, "id", actor) or "system"
