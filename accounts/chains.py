"""Whether the audit trail is whole: every hash, every number, and each chain's end."""

from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection, transaction

from accounts import audit
from accounts.models import AuditChain, AuditEvent

PIECE = 5000
READ = f"SELECT {', '.join(audit.COLUMNS)} FROM accounts_auditevent WHERE chain = %s ORDER BY seq"  # noqa: S608
ERASE = """
    UPDATE accounts_auditevent SET message = '', data = '{}', salt = ''
    WHERE chain = %s AND seq <= %s AND commitment <> '' AND salt <> ''
"""


def known() -> list[str]:
    """Every chain that has a head or an event: a chain whose head is gone is broken, not absent."""
    heads = set(AuditChain.objects.values_list("id", flat=True))
    return sorted(heads | set(AuditEvent.objects.values_list("chain", flat=True).distinct()))


def verify(chain_id: str) -> int | None:
    """The seq of the first event that breaks the chain, or None where all is well."""
    previous, seq, blank, erased_to = audit.ORIGIN, 0, 0, 0
    for row in events_of(chain_id):
        at, said, stored, salt, commitment = (row.pop(name) for name in audit.COLUMNS[-5:])
        if (
            row["seq"] != seq + 1
            or said != previous
            or audit.hash_fields(said, at, row, commitment) != stored
        ):
            return seq + 1
        if not is_kept(row, salt, commitment):
            if row["message"] or row["data"]:
                return seq + 1
            blank = seq + 1
        if row["action"] == "audit.erased":
            erased_to = max(erased_to, int(row["data"].get("up_to", 0)))
        previous, seq = stored, row["seq"]
    # A text may be gone only where a later event of the same chain says so.
    if blank > erased_to:
        return blank
    head = AuditChain.objects.filter(id=chain_id).first()
    intact = head is None or (head.seq == seq and head.hash == previous)
    return None if intact else seq + 1


def is_kept(row: dict[str, Any], salt: str, commitment: str) -> bool:
    """Whether the text is the one that was committed to."""
    return not commitment or (bool(salt) and audit.commit(salt, row["message"], row["data"]) == commitment)


def events_of(chain_id: str) -> Iterator[dict[str, Any]]:
    """The columns of each event in turn, read past the ORM: a chain may hold millions."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(READ, [chain_id])
        while rows := cursor.fetchmany(PIECE):
            for values in rows:
                row = dict(zip(audit.COLUMNS, values, strict=True))
                if isinstance(row["data"], str | bytes):
                    row["data"] = orjson.loads(row["data"])
                yield row


@transaction.atomic
def erase(chain: Any, why: str, up_to: int | None = None) -> int:
    """Take the texts out of a chain, and say so in it. The events stay, and so do their hashes."""
    head = AuditChain.objects.select_for_update().filter(id=chain.id).first()
    if head is None:
        return 0
    last = head.seq if up_to is None else up_to
    with connection.cursor() as cursor:
        cursor.execute(ERASE, [chain.id, last])
        erased: int = cursor.rowcount
    audit.record(chain, "audit.erased", target=chain.id, data={"up_to": last, "why": why})
    return erased
