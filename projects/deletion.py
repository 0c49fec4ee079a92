"""Deleting a project: gone from every door at once, kept for the grace, then erased with its files.

What was spent stays as figures: they belong to the organization's books and hold no content.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, chains, erasure, exports
from accounts.models import AuditChain, User
from accounts.organizations import GRACE
from nimbus import clock
from projects.models import Project, SpendDay, SpendEntry

KEPT = (Project, SpendEntry, SpendDay)
FORGOTTEN: dict[str, Any] = {"name": "Erased project", "domain": "", "settings": {}, "creator": None}


@transaction.atomic
def delete(project: Project, by: User) -> bool:
    """False where it was deleted already. Open batches end with the next sweep."""
    done = Project.objects.filter(id=project.id, deleted_at=None).update(deleted_at=clock.now())
    if done:
        audit.record(project.organization, "project.deleted", actor=by, target=project)
    return bool(done)


@transaction.atomic
def restore(project: Project, by: User) -> bool:
    """False where there was nothing to restore, or nothing is left."""
    done = Project.objects.deleted().filter(id=project.id).update(deleted_at=None)
    if done:
        audit.record(project.organization, "project.restored", actor=by, target=project)
    return bool(done)


def erase_due(now: datetime) -> int:
    due = Project.objects.deleted().filter(deleted_at__lt=now - GRACE)
    return sum(erase_still_deleted(due.filter(id=found)) for found in due.values_list("id", flat=True))


@transaction.atomic
def erase_still_deleted(mine: QuerySet[Project]) -> bool:
    """Locked first: an owner may take it back in the last moment."""
    project = mine.select_for_update(of=("self",)).select_related("organization").first()
    if project is None:
        return False
    erase(project)
    return True


@transaction.atomic
def erase(project: Project) -> None:
    """Rows, files and the texts of its log; the row itself stays for the books, with nothing in it."""
    for model in erasure.leaves_first(exports.tenant_models()):
        path = path_to_project(model)
        if path and model not in KEPT:
            mine = model._base_manager.filter(**{path: project.id}).values("pk")
            rows = model._base_manager.filter(pk__in=mine)
            rows._raw_delete(rows.db)
    if chain := AuditChain.objects.filter(id=project.id).first():
        chains.erase(chain, "project")
    Project.objects.filter(id=project.id).update(**FORGOTTEN)
    audit.record(project.organization, "project.erased", target=project.id)
    folder = f"{project.organization_id}/{project.id}/"
    transaction.on_commit(lambda: erasure.forget(project.id, folder))


def path_to_project(model: Any, passed: tuple[Any, ...] = ()) -> str:
    """How a row names its project: `project`, `batch__project`; empty where it is part of none."""
    parents = [
        field
        for field in model._meta.fields
        if field.is_relation and getattr(field.remote_field.on_delete, "__name__", "") != "SET_NULL"
    ]
    for field in parents:
        if field.related_model is Project:
            return str(field.name)
    for field in parents:
        above = field.related_model
        if above not in (model, *passed) and (rest := path_to_project(above, (*passed, model))):
            return f"{field.name}__{rest}"
    return ""
