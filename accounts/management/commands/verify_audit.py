"""manage.py verify_audit: recompute every hash of the audit trail, and compare the signed heads."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import audit, chains, heads
from accounts.models import AuditChain

MOST_AT_ONCE = 1000


class Command(BaseCommand):
    help = "Verify the audit chains: every hash, every number, each chain's end, and the signed daily heads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("chains", nargs="*", help="proj_…, org_… or user_…; all where none is named")
        parser.add_argument("--benchmark", type=int, metavar="EVENTS", help="verify so many made events")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["benchmark"]:
            self.benchmark(options["benchmark"])
            return
        began, broken = time.monotonic(), 0
        wanted = options["chains"] or chains.known()
        for chain in wanted:
            seq = chains.verify(chain)
            if seq is not None:
                broken += 1
                self.stdout.write(f"{chain} is broken at event {seq}")
        if broken:
            raise CommandError(f"{broken} of {len(wanted)} chains are broken.")
        if not options["chains"] and (troubles := heads.broken()):
            raise CommandError("The signed heads say otherwise: " + "; ".join(troubles[:20]))
        seconds = time.monotonic() - began
        self.stdout.write(f"{len(wanted)} chains are whole, verified in {seconds:.1f} s.")

    def benchmark(self, count: int) -> None:
        """In a transaction that is rolled back: an append-only table would keep them for ever."""
        chain = AuditChain(id="proj_benchmark", organization_id="org_benchmark")
        with transaction.atomic():
            began = time.monotonic()
            for first in range(0, count, MOST_AT_ONCE):
                audit.record_many(made(chain, n) for n in range(first, min(first + MOST_AT_ONCE, count)))
            written = time.monotonic()
            intact = chains.verify(chain.id) is None
            verified = time.monotonic()
            transaction.set_rollback(True)
        if not intact:
            raise CommandError("The made chain is broken.")
        self.stdout.write(
            f"{count} events written in {written - began:.1f} s, verified in {verified - written:.1f} s."
        )


def made(chain: AuditChain, number: int) -> audit.Entry:
    return audit.Entry(
        chain=chain.id,
        organization_id=chain.organization_id,
        action="page.optimized",
        target=f"page_{number:024x}",
        batch="batch_20260101_000000_AAAAAA",
        message="3 changes, 1 held",
        data={"changes": 3, "held": 1, "model": "gpt-5-mini", "tokens": {"input": 812, "output": 96}},
        duration_ms=number % 4000,
    )
