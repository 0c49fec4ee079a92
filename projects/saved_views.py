"""Saved views: filters that somebody gave a name, for all who work on the project."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_noop

from accounts.models import User
from nimbus import clock
from nimbus.errors import InvalidError
from projects.models import Project, SavedView

MOST = 50
LONGEST_NAME, LONGEST_QUERY = 60, 2000
# Where in a list one stood is no part of its view.
CURSORS = {"after", "before", "page", "at"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """The views of one list, as a template shows them beside the filter that is set now."""

    project: Project
    place: str
    views: list[SavedView]
    current: str
    # No filter is set: there is nothing to save.
    is_plain: bool

    @property
    def chosen(self) -> SavedView | None:
        return next((view for view in self.views if view.query == self.current), None)


def shelf(project: Project, place: str, given: dict[str, Any]) -> Shelf:
    """`given` are the filters and the order that the address holds."""
    return Shelf(project, place, of(project, place), canonical(urlencode(given)), not given)


def of(project: Project, place: str) -> list[SavedView]:
    found = SavedView.objects.filter(project=project, place=place, removed_at=None)
    return list(found.order_by("name")[:MOST])


def canonical(query: str) -> str:
    """The same filter in the same words: sorted, nothing empty, no cursor."""
    said = QueryDict(query.replace("\x00", ""))
    pairs = [(name, value) for name, values in said.lists() for value in values]
    return urlencode(sorted((name, value) for name, value in pairs if value and name not in CURSORS))


def save(project: Project, by: User, place: str, name: str, query: str) -> SavedView:
    """A view of that name, which replaces one that has it. Raises InvalidError."""
    name, query = " ".join(name.replace("\x00", "").split()), canonical(query)
    if not name or len(name) > LONGEST_NAME:
        raise InvalidError(
            gettext_noop("A view needs a name of up to %(longest_name)s characters."),
            field="name",
            longest_name=LONGEST_NAME,
        )
    if place not in SavedView.Place.values or not query or len(query) > LONGEST_QUERY:
        raise InvalidError(gettext_noop("Set a filter first; the view keeps it under a name."), field="query")
    found = SavedView.objects.filter(project=project, place=place, removed_at=None)
    if found.count() >= MOST and not found.filter(name=name).exists():
        raise InvalidError(
            gettext_noop("A list has at most %(most)s views. Remove one first."), field="name", most=MOST
        )
    view, _ = SavedView.objects.update_or_create(
        project=project, place=place, name=name, removed_at=None,
        defaults={"organization_id": project.organization_id, "query": query, "created_by": by.id},
    )  # fmt: skip
    return view


def remove(view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk, removed_at=None).update(removed_at=clock.now())


def restore(view: SavedView) -> None:
    """Undo a removal. Raises InvalidError where its name was given to another one meanwhile."""
    taken = SavedView.objects.filter(
        project=view.project_id, place=view.place, name=view.name, removed_at=None
    )
    if taken.exclude(pk=view.pk).exists():
        raise InvalidError(gettext_noop("Another view has this name by now."), field="name")
    SavedView.objects.filter(pk=view.pk).update(removed_at=None)
