"""A project's settings and brief in the optimizer's own words."""

from dataclasses import asdict
from typing import Any

from batches.models import Batch
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


def of(batch: Batch) -> Brief:
    """The brief this batch is worked on with: the one its economy requests were written with, if any."""
    frozen = batch.terms.get("brief")
    return thaw(frozen) if frozen else current(batch.project)


def freeze(brief: Brief) -> dict[str, Any]:
    return asdict(brief)


def thaw(frozen: dict[str, Any]) -> Brief:
    lists = {name: tuple(value) for name, value in frozen.items() if isinstance(value, list)}
    return Brief(**{**frozen, **lists})
