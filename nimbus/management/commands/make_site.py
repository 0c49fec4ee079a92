"""manage.py make_site FOLDER: a made site to try Nimbus on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from nimbus.demo import site


class Command(BaseCommand):
    help = "Write a made site of brand × location × service pages into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--pages", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        count = site.write(options["folder"], options["pages"], options["seed"])
        self.stdout.write(f"Wrote {count} pages into {options['folder']}.")
