"""Changes to a project, each with its event in the audit trail."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import Organization, User
from projects.models import APIKey, Brief, Project


@transaction.atomic
def create(
    organization: Organization, by: User | APIKey, *, name: str, domain: str, settings: dict[str, Any]
) -> Project:
    creator = by if isinstance(by, User) else by.created_by
    project = Project.objects.create(
        organization=organization, creator=creator, name=name, domain=domain, settings=settings
    )
    audit.record(project, "project.created", actor=by, target=project, message=f"Created {name}")
    return project


@transaction.atomic
def update_settings(project: Project, by: User | APIKey, *, name: str, settings: dict[str, Any]) -> None:
    # One after the other, so that two changes of different settings both hold.
    audit.hold(project)
    project.settings = Project.objects.get(id=project.id).settings
    changed = sorted(key for key, value in settings.items() if project.settings.get(key) != value)
    project.name = name
    project.settings = project.settings | settings
    project.save(update_fields=["name", "settings", "updated_at"])
    audit.record(project, "project.updated", actor=by, target=project, data={"changed": changed})


@transaction.atomic
def write_brief(project: Project, by: User | APIKey, content: dict[str, Any]) -> Brief:
    """A new version; versions are written once."""
    # One after the other, so that two people who save at once get two versions.
    audit.hold(project)
    newest = project.briefs.aggregate(Max("version"))["version__max"] or 0
    brief = Brief.objects.create(
        organization_id=project.organization_id,
        project=project,
        version=newest + 1,
        content=content,
        created_by=by if isinstance(by, User) else by.created_by,
    )
    audit.record(project, "brief.written", actor=by, target=project, data={"version": brief.version})
    return brief
