"""manage.py doctor: whether everything that is always true still is."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches import doctor


class Command(BaseCommand):
    help = "Check pages, batches, results, calls, chains and files against each other; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument(
            "--only", nargs="+", choices=doctor.NAMES, metavar="NAME", help="these questions alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = doctor.examine(options["only"] or doctor.NAMES)
        broken = [finding.name for finding in findings if not finding.is_well]
        if options["json"]:
            found = {finding.name: asdict(finding) for finding in findings}
            self.stdout.write(json.dumps({"is_well": not broken, "findings": found}))
        else:
            self.stdout.write("\n".join(doctor.lines(findings)))
        if broken:
            raise CommandError(f"Broken: {', '.join(broken)}.")
