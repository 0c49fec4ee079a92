"""manage.py create_project: an account, its organization, a project and a key in one step, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import organizations, standing
from accounts.models import Organization, User
from nimbus.errors import InvalidError
from projects import changes, domains, keyring


class Command(BaseCommand):
    help = "Create a project and an API key; prints both as one JSON object. The key is shown only here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the owner, made where there is none")
        parser.add_argument("--domain", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--project-settings", default="{}", help="project settings as JSON")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["email"]).first()
        owner = owner or User.objects.create_user(options["email"])
        standing.vouch(owner)
        organization = Organization.objects.for_user(owner).first() or organizations.create_personal(owner)
        domain = self.domain(options["domain"])
        project = changes.create(
            organization,
            owner,
            name=options["name"] or domain,
            domain=domain,
            settings=json.loads(options["project_settings"]),
        )
        _, secret = keyring.issue(project, owner, name="Created by command")
        self.stdout.write(json.dumps({"project_id": project.id, "api_key": secret}))

    def domain(self, given: str) -> str:
        try:
            return domains.clean_domain(given)
        except InvalidError as error:
            raise CommandError(error.message) from None
