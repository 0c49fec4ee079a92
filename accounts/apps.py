from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Its receivers; they need models, which exist from now on.
        import_module("accounts.security")
