"""Serve the model twin, so that everything meets “OpenAI” without a key or a network."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from optimizer.twin import runner


class Command(BaseCommand):
    help = "Serve a loopback stand-in for OpenAI that can be told to misbehave; prints its base URL."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        runner.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        runner.run(options)
