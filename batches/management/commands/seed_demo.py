"""manage.py seed_demo: a small world to look at. May be run again and again; refuses to run in production."""

import json
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import organizations
from accounts.models import Organization, User
from batches import queue, uploads
from batches.models import Batch
from nimbus.demo import site
from optimizer import dimensions
from optimizer.html import Page
from projects.models import APIKey, Brief, Project

EMAIL = "demo@nimbus.test"
DOMAIN = "repairsbypost.test"
FINISHED, HALF = "Spring relaunch", "Second wave"


class Command(BaseCommand):
    help = "Make the demo organization with a project, a key, a finished and a half-finished batch."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_DEVELOPMENT:
            raise CommandError("Demo data is for development: it has a known address. DEBUG is off.")
        user = self.user()
        organization = Organization.objects.for_user(user).first() or organizations.create(
            "Kranich Media", user
        )
        project = self.project(organization, user)
        if not project.batches.filter(label=FINISHED).exists():
            queue.submit(self.upload(project, user, FINISHED, "above-fold", 0, 40), by=user)
        if not project.batches.filter(label=HALF).exists():
            self.upload(project, user, HALF, "meta", 40, 52)
        self.stdout.write(f"Demo organization {organization.name}, project {project.id}, sign in as {EMAIL}.")

    def user(self) -> User:
        password = os.environ.get("NIMBUS_DEMO_PASSWORD", "")
        if not password:
            raise CommandError("NIMBUS_DEMO_PASSWORD is empty; ./script/server sets it.")
        user = User.objects.filter(email=EMAIL).first()
        if user is None:
            user = User.objects.create_superuser(EMAIL, password, name="Mara Lindt")
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        return user

    def project(self, organization: Organization, user: User) -> Project:
        project, is_new = Project.objects.get_or_create(
            organization=organization,
            domain=DOMAIN,
            defaults={
                "name": "Repairs by Post",
                "creator": user,
                "settings": {"optimization_tier": "above-fold", "dimension_rules": site.DIMENSION_RULES},
            },
        )
        if is_new:
            APIKey.objects.issue(organization, "Demo build", project=project, kind="test", by=user)
            facts = ["Insured both ways up to £5,000", "24 month warranty on a full service"]
            Brief.objects.create(
                organization_id=organization.id,
                project=project,
                version=1,
                content={"tone": "professional", "audience": "watch owners", "facts": facts},
                created_by=user,
            )
        return project

    def upload(self, project: Project, user: User, label: str, tier: str, first: int, last: int) -> Batch:
        batch = uploads.create_batch(project, tier=tier, label=label, by=user)
        uploads.accept(batch, lines(project, first, last), by=user)
        return batch


def lines(project: Project, first: int, last: int) -> Iterator[bytes]:
    for place in islice(site.places(last), first, last):
        html = site.render(place)
        extraction = Page(html.encode()).extraction()
        extraction["dimensions"] = dimensions.read(project.setting("dimension_rules"), f"/{place.path}")
        line = {
            "page_url": f"/{place.path}",
            "source_path": place.path,
            "extraction": extraction,
            "source_html": html,
        }
        yield json.dumps(line).encode()
