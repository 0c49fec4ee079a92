"""manage.py verify_audit: recompute every hash of the audit trail."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import audit
from accounts.models import AuditChain, AuditEvent


class Command(BaseCommand):
    help = "Verify the audit chains: every hash, every number, and that each chain ends where its head says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("chains", nargs="*", help="proj_…, org_… or user_…; all where none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        began, broken = time.monotonic(), 0
        chains = options["chains"] or known()
        for chain in chains:
            seq = audit.verify(chain)
            if seq is not None:
                broken += 1
                self.stdout.write(f"{chain} is broken at event {seq}")
        if broken:
            raise CommandError(f"{broken} of {len(chains)} chains are broken.")
        seconds = time.monotonic() - began
        self.stdout.write(f"{len(chains)} chains are whole, verified in {seconds:.1f} s.")


def known() -> list[str]:
    """Every chain that has a head or an event: a chain whose head is gone is broken, not absent."""
    heads = set(AuditChain.objects.values_list("id", flat=True))
    return sorted(heads | set(AuditEvent.objects.values_list("chain", flat=True).distinct()))
