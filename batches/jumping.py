"""Where one can go by name or id: actions, projects, batches and pages, all from what the visitor may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import Organization, User
from accounts.permissions import EDITORS
from batches.models import Batch, Page
from projects.models import Project

EACH = 6
# Pages are looked for in the project one is in, or in the newest of one's projects.
PROJECTS = 20
# Words of what is looked for that a path must hold.
WORDS = 8
# Label, icon, URL name: of the project, of the organization, of everybody.
OF_PROJECT = (
    (_("Review changes"), "list-checks", "batches:review_next"),
    (_("Pages"), "file-text", "batches:pages"),
    (_("Batches"), "inbox", "batches:list"),
    (_("Project overview"), "folder", "projects:detail"),
    (_("Brief and facts"), "book-open", "projects:brief"),
    (_("API keys"), "key", "projects:keys"),
    (_("Webhooks"), "webhook", "batches:webhooks"),
    (_("Project settings"), "settings", "projects:settings"),
)
OF_ORGANIZATION = (
    (_("Usage and caps"), "chart-column", "batches:usage"),
    (_("Members"), "user", "accounts:members"),
    (_("Organization settings"), "layers", "accounts:organization"),
)
OF_EVERYBODY = (
    (_("Home"), "house", "home"),
    (_("New project"), "plus", "projects:create"),
    (_("Audit log"), "scroll-text", "accounts:audit"),
    (_("Account and appearance"), "user", "accounts:profile"),
    (_("Sessions"), "user", "usersessions_list"),
    (_("Sign out"), "log-out", "account_logout"),
)


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    icon: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    places: list[Place]


def find(user: User, query: str, project: Project | None) -> list[Group]:
    """What answers to the query, actions first; the same few questions whatever it is."""
    found = [
        Group(gettext("Actions"), actions(user, query, project)),
        Group(gettext("Projects"), projects(user, query)),
        Group(gettext("Batches"), batches(user, query, project)),
        Group(gettext("Pages"), pages(user, query, project)),
    ]
    return [group for group in found if group.places]


def actions(user: User, query: str, project: Project | None) -> list[Place]:
    words = query.casefold().split()
    places = [
        place for place in every_action(user, project) if all(w in place.label.casefold() for w in words)
    ]
    return places[:EACH] if words else places[: EACH + 2]


def every_action(user: User, project: Project | None) -> Iterator[Place]:
    organization = project.organization if project else first_organization(user)
    if project:
        if organization and organization.role_of(user) in EDITORS:
            yield Place(
                gettext("New batch"), "plus", reverse("batches:create", args=[project.id]), project.name
            )
        yield from (
            Place(gettext(label), icon, reverse(url, args=[project.id]), project.name)
            for label, icon, url in OF_PROJECT
        )
    if organization:
        for label, icon, url in OF_ORGANIZATION:
            yield Place(gettext(label), icon, reverse(url, args=[organization.id]), organization.name)
    yield from (Place(gettext(label), icon, reverse(url)) for label, icon, url in OF_EVERYBODY)


def first_organization(user: User) -> Organization | None:
    return Organization.objects.for_user(user).order_by("created_at").first()


def projects(user: User, query: str) -> list[Place]:
    named = Q(name__icontains=query) | Q(domain__icontains=query) | Q(id=query)
    mine = Project.objects.for_user(user).filter(named).order_by("-created_at")[:EACH]
    return [Place(row.name, "folder", reverse("projects:detail", args=[row.id]), row.domain) for row in mine]


def batches(user: User, query: str, project: Project | None) -> list[Place]:
    """By label or any part of the id; those of the project one is in come first."""
    mine: Any = Batch.objects.for_user(user).filter(Q(label__icontains=query) | Q(id__icontains=query))
    if project and not query:
        mine = mine.filter(project=project)
    rows = mine.select_related("project").order_by("-created_at")[:EACH]
    return [
        Place(str(row), "inbox", reverse("batches:detail", args=[row.id]), f"{row.project} · {row.status}")
        for row in rows
    ]


def pages(user: User, query: str, project: Project | None) -> list[Place]:
    """By id or words of the path, which keeps its letters as percent codes. It opens in its newest batch."""
    if not query:
        return []
    near = Q(project__in=[project.id] if project else list(ids_of(user)))
    for word in query.split()[:WORDS]:
        near &= Q(path__icontains=iri_to_uri(word))
    mine = Page.objects.for_user(user).filter(near | Q(id=query))
    rows = (
        mine.select_related("project").prefetch_related("runs").order_by("project", "domain", "path")[:EACH]
    )
    places = []
    for row in rows:
        # The runs are prefetched: looking for the newest here asks nothing more.
        newest = max(row.runs.all(), key=lambda run: run.pk, default=None)
        if newest:
            url = reverse("batches:page", args=[newest.batch_id, row.id])
            places.append(Place(row.path, "file-text", url, row.project.name))
    return places


def ids_of(user: User) -> Any:
    return Project.objects.for_user(user).order_by("-created_at").values_list("id", flat=True)[:PROJECTS]
