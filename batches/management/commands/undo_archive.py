"""manage.py undo_archive: a ZIP with approved texts back to the bytes from before."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches import manifests, zipfiles
from nimbus.errors import NimbusError


class Command(BaseCommand):
    help = (
        "Take the texts out of a ZIP that was built with them; pages that were changed since are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path, help="the ZIP that Nimbus built")
        parser.add_argument("target", type=Path, help="the new ZIP; a file that is there stays")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with (
                options["archive"].open("rb") as file,
                zipfiles.open_archive(file) as archive,
                options["target"].open("xb") as target,
            ):
                restored, skipped = manifests.undo(archive, target)
        except (NimbusError, OSError) as error:
            raise CommandError(str(error)) from error
        for name, reason in skipped.items():
            self.stdout.write(f"{name}: {reason}")
        self.stdout.write(f"{len(restored)} pages restored, {len(skipped)} left alone")
