"""manage.py rotate_secrets: encrypt every stored secret under the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import rotation


class Command(BaseCommand):
    help = "Encrypt every stored secret anew under the first of NIMBUS_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = rotation.rotate_all()
        self.stdout.write(f"{done} secrets encrypted anew.")
        if unreadable:
            raise CommandError(f"{unreadable} secrets can't be read by any of the keys; keep the older keys.")
