"""The daily signed head of the audit trail: where every chain ended, kept outside of the database.

Whoever could rewrite the database and all its hashes would still not match what was written down before.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from accounts.models import AuditChain, AuditEvent
from nimbus import artifacts, clock

PLACE = ("audit", "heads")


def key() -> Ed25519PrivateKey:
    """From a secret of its own, so that no other rotation makes old signatures worthless."""
    return Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(b"nimbus audit head\0" + settings.NIMBUS_AUDIT_KEY.encode()).digest()
    )


def public_key() -> str:
    return key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def write(now: datetime | None = None) -> str:
    """Sign where every chain ends now, and keep it as an artifact; returns its key."""
    heads = AuditChain.objects.order_by("id").values_list("id", "seq", "hash")
    said = {
        "at": (now or clock.now()).astimezone(UTC).isoformat(timespec="seconds"),
        "heads": [list(head) for head in heads.iterator()],
    }
    body = json.dumps(said, separators=(",", ":"))
    signed = {"body": body, "signature": key().sign(body.encode()).hex(), "public_key": public_key()}
    return artifacts.put(*PLACE, json.dumps(signed).encode())[0]


def of(chain: str) -> dict[str, Any]:
    """Where one chain ends now, signed: for a mail, which nobody can change afterwards either."""
    head = AuditChain.objects.filter(id=chain).first()
    seq, digest = (head.seq, head.hash) if head else (0, "")
    signature = key().sign(f"{chain} {seq} {digest}".encode()).hex()
    return {"seq": seq, "hash": digest, "signature": signature}


def broken() -> list[str]:
    """What of all the signed heads the database does not say any more, or nobody signed."""
    found = artifacts.listing("/".join(PLACE) + "/")
    return [trouble for stored in found for trouble in troubles(stored.key.rpartition("/")[2])]


def troubles(name: str) -> list[str]:
    try:
        signed = json.loads(artifacts.get("/".join((*PLACE, name))))
        key().public_key().verify(bytes.fromhex(signed["signature"]), signed["body"].encode())
        said = json.loads(signed["body"])
    except (InvalidSignature, ValueError, KeyError, artifacts.DamagedArtifactError):
        return [f"{name[:12]} is not what was signed"]
    return [
        f"{chain} had another event {seq} on {said['at']}"
        for chain, seq, digest in said["heads"]
        if seq and hash_at(chain, seq) != digest
    ]


def hash_at(chain: str, seq: int) -> str | None:
    return AuditEvent.objects.filter(chain=chain, seq=seq).values_list("hash", flat=True).first()
