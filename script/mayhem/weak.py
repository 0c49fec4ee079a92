"""One guard switched off, so that chaos can show that it would see the damage."""

import os

from batches import claims, journal, leases, queue, results


def weaken(guard: str) -> None:
    if guard:
        {"fencing": fencing, "locking": locking, "journal": forgetting}[guard]()


def fencing() -> None:
    """A late worker writes over what others did, and does not look whether it may."""
    fence = results.FENCE.replace("AND r.lease_token = o.token AND r.status = 'processing'", "")
    results.FENCE = fence.replace("RETURNING r.id, r.lease_token", "RETURNING r.id, o.token")
    assert "r.lease_token" not in results.FENCE
    queue.watch = leases.watch = lambda ids, tokens: (set(), set())


def locking() -> None:
    """Two workers choose the same pages and mark them one after the other."""
    taken = claims.TAKE
    claims.TAKE = taken.replace("FOR UPDATE SKIP LOCKED", "").replace(
        "WHERE r.id = chosen.id", ", pg_sleep(0.02) WHERE r.id = chosen.id"
    )
    assert "SKIP LOCKED" not in claims.TAKE
    claims.LOCK = claims.LOCK.replace("FOR NO KEY UPDATE", "")
    # Forks differ in nothing else: each worker has a lock of its own, which is none.
    os.register_at_fork(after_in_child=lambda: setattr(claims, "CLAIM_LOCK", os.getpid()))


def forgetting() -> None:
    """What was bought is not looked up."""
    journal.find = lambda *_: None
