"""The audit trail's only writer. Call it inside the transaction of the change it tells of."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection

from accounts import events
from accounts.models import AuditEvent
from nimbus import clock, rows, walls

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
            salt, commitment = seal(fields)
            digest = hash_fields(previous, entry.at, fields, commitment)
            said = (fields[name] for name in HASHED)
            links.append((*said, entry.at, previous, digest, salt, commitment))
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


def hold(chain: Any) -> None:
    """Nobody else prolongs this chain until the commit: for a change that reads a row before it writes it.

    Chains are locked before the rows of projects and pages, by every writer.
    """
    with connection.cursor() as cursor:
        lock(cursor, chain.id, tenant_of(chain))


def fields_of(entry: Entry, seq: int) -> dict[str, Any]:
    """The columns that the hash covers, without the time."""
    message, data = events.told(entry.action, entry.message, entry.data)
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
        "message": message,
        "data": data,
        "duration_ms": entry.duration_ms,
    }


HASHED = (
    "chain", "seq", "organization_id", "actor", "action", "target", "batch", "level", "step", "message",
    "data", "duration_ms",
)  # fmt: skip


def seal(fields: dict[str, Any]) -> tuple[str, str]:
    """A salt and a commitment to what the event tells; both empty where it tells nothing.

    The chain hashes the commitment, never the text: a text can be erased, and the chain stays whole.
    """
    if not fields["message"] and not fields["data"]:
        return "", ""
    salt = os.urandom(16).hex()
    return salt, commit(salt, fields["message"], fields["data"])


def commit(salt: str, message: str, data: dict[str, Any]) -> str:
    body = orjson.dumps([message, data], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(salt.encode() + body).hexdigest()


def hash_fields(previous: str, at: datetime, fields: dict[str, Any], commitment: str = "") -> str:
    """SHA-256 over the previous hash and every field, as sorted JSON; times in UTC microseconds.

    Events from before there were commitments, and those that tell nothing, have their text hashed.
    """
    hashed = fields | {"at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    if commitment:
        hashed |= {"message": "", "data": {}, "commitment": commitment}
    body = orjson.dumps(hashed, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + body).hexdigest()


COLUMNS = (*HASHED, "at", "previous_hash", "hash", "salt", "commitment")
DATA = COLUMNS.index("data")


def as_json(link: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*link[:DATA], orjson.dumps(link[DATA]).decode(), *link[DATA + 1 :])


def tenant_of(chain: Any) -> str:
    """An organization's own chain belongs to it, a project's to its organization, a person's to none."""
    return getattr(chain, "organization_id", "") or (chain.id if chain.id.startswith("org_") else "")


def name_of(actor: Any) -> str:
    """`user_…`, `key_…`, or `system`."""
    return getattr(actor, "id", actor) or "system"
