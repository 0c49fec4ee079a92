"""A project's settings and brief in the optimizer's own words."""

from dataclasses import asdict, replace
from typing import Any

from batches.models import Batch
from optimizer.types import Brief, FieldRules, LocalFact
from projects.brief_content import OWN, split_facts
from projects.models import Project

TEXTS = ("audience", "voice")
LISTS = ("keep", "avoid", "protected", "do", "dont")


def current(project: Project) -> Brief:
    """The newest brief, completed by the project's settings; version 0 where none was written yet."""
    newest = project.brief
    return of_content(project, newest.content if newest else {}, newest.version if newest else 0)


def of_content(project: Project, content: dict[str, Any], version: int) -> Brief:
    facts, local = split_facts(content.get("facts", []))
    tone = content.get("tone") or project.setting("tone")
    texts: dict[str, Any] = {name: content.get(name, "") for name in TEXTS}
    lists: dict[str, Any] = {name: tuple(content.get(name, ())) for name in LISTS}
    return Brief(
        tone=content.get("tone_words", "") if tone == OWN else tone,
        language=content.get("language") or project.setting("language"),
        prefer=content.get("prefer", {}),
        facts=tuple(facts),
        local_facts=tuple(LocalFact(fact["text"], fact["when"]) for fact in local),
        fields=FieldRules(**content.get("field_rules", {})),
        version=version,
        company=project.name,
        works_on_shared=bool(project.setting("shared_blocks")),
        shares_masked=bool(project.setting("masked_reuse")),
        judges=bool(project.setting("judge")),
        **texts,
        **lists,
    )


def of(batch: Batch) -> Brief:
    """The brief this batch is worked on with: the one its economy requests were written with, if any."""
    frozen = batch.terms.get("brief")
    return replace(
        thaw(frozen) if frozen else current(batch.project), differs=bool(batch.plan.get("differs"))
    )


def freeze(brief: Brief) -> dict[str, Any]:
    return asdict(brief)


def thaw(frozen: dict[str, Any]) -> Brief:
    lists = {name: tuple(value) for name, value in frozen.items() if isinstance(value, list | tuple)}
    nested: dict[str, Any] = {
        "local_facts": tuple(LocalFact(**fact) for fact in frozen.get("local_facts", ())),
        "fields": FieldRules(**frozen.get("fields", {})),
    }
    return Brief(**{**frozen, **lists, **nested})
