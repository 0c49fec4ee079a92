from django.apps import AppConfig


class NimbusConfig(AppConfig):
    name = "nimbus"
