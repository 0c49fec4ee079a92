"""A project's settings and brief in the optimizer's own words."""

from typing import Any

from optimizer.types import Brief
from projects.models import Project


def current(project: Project) -> Brief:
    """The newest brief, completed by the project's settings; version 0 where none was written yet."""
    newest = project.brief
    content: dict[str, Any] = newest.content if newest else {}
    return Brief(
        tone=content.get("tone") or project.setting("tone"),
        language=content.get("language") or project.setting("language"),
        audience=content.get("audience", ""),
        voice=content.get("voice", ""),
        keep=tuple(content.get("keep", ())),
        prefer=content.get("prefer", {}),
        avoid=tuple(content.get("avoid", ())),
        protected=tuple(content.get("protected", ())),
        facts=tuple(content.get("facts", ())),
        version=newest.version if newest else 0,
        company=project.name,
    )
