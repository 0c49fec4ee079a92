"""Cursor paging for the dashboard's lists: the cursor is in the address."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

PER_PAGE = 50


def page_of(
    request: HttpRequest,
    rows: QuerySet[Any],
    field: str,
    *,
    total: int | None = None,
    per_page: int = PER_PAGE,
) -> tuple[list[Any], dict[str, str]]:
    """One page of rows in the order of the unique `field` (`-field` downwards), and its pager."""
    name, is_down = field.lstrip("-"), field.startswith("-")
    after, before = cursor(request, rows, name, "after"), cursor(request, rows, name, "before")
    if before:
        chosen = rows.filter(**bound(name, before, lower=not is_down)).order_by(flip(field))
    elif after:
        chosen = rows.filter(**bound(name, after, lower=is_down)).order_by(field)
    else:
        chosen = rows.order_by(field)
    found = list(chosen[: per_page + 1])
    has_more, found = len(found) > per_page, found[:per_page]
    if before:
        found.reverse()
    pager = {"words": words(len(found), total)}
    if found and (after if not before else has_more):
        pager["previous"] = link(request, "before", getattr(found[0], name))
    if found and (before or has_more):
        pager["next"] = link(request, "after", getattr(found[-1], name))
    return found, pager


def cursor(request: HttpRequest, rows: QuerySet[Any], name: str, key: str) -> str:
    """The given cursor; one that somebody made up and the column cannot hold counts as none."""
    value = request.GET.get(key, "")
    try:
        rows.model._meta.get_field(name).to_python(value)
    except ValidationError:
        return ""
    return "" if "\x00" in value else value


def bound(name: str, value: str, *, lower: bool) -> dict[str, str]:
    return {f"{name}__{'lt' if lower else 'gt'}": value}


def flip(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def link(request: HttpRequest, name: str, value: Any) -> str:
    query: QueryDict = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[name] = str(value)
    return query.urlencode()


def words(shown: int, total: int | None) -> str:
    if total is None:
        return gettext("%(rows)s shown") % {"rows": f"{shown:,}"}
    return gettext("%(rows)s of %(all)s") % {"rows": f"{shown:,}", "all": f"{total:,}"}
