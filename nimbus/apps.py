from importlib import import_module

from django.apps import AppConfig


class NimbusConfig(AppConfig):
    name = "nimbus"

    def ready(self) -> None:
        # It registers itself.
        import_module("nimbus.checks")
