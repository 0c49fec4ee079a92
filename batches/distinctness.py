"""How well pages of a family tell themselves apart: by title, description, main heading and paragraphs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.db import connection
from django.db.models import Count

from batches import families, keeping
from batches.models import Suggestion
from nimbus import packing
from optimizer import families as kinship
from optimizer import inline
from optimizer.families import Distinctness
from optimizer.masks import Mask
from optimizer.tiers import SHARED_REGIONS
from optimizer.types import PageText
from projects.models import Project

COMPARED = 2_000
# Pages of a family whose whole text is read; more would say the same.
READ = 120
LISTED = 20
KEPT_S = 60
# Where pages are made to differ: paragraphs are common to all.
OWN = ("title", "description", "main heading")
NEWEST = """
SELECT r.id, 'https://' || p.domain || p.path, s.body
FROM batches_page p JOIN LATERAL (
    SELECT n.id FROM batches_pagerun n WHERE n.page_id = p.id AND n.status = 'done'
    ORDER BY n.id + 0 DESC LIMIT 1
) r ON true JOIN batches_pagesnapshot s ON s.run_id = r.id
WHERE p.project_id = %s AND p.family = %s ORDER BY p.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    pages: int
    fields: Mapping[str, Distinctness]


def listed(project: Project) -> list[Family]:
    """The largest families; counted once a minute at most."""
    name = f"families:{project.id}"
    known: list[Family] | None = keeping.kept(name)
    if known is not None:
        return known
    grouped = project.pages.exclude(family="").values_list("family").annotate(pages=Count("id"))
    largest = grouped.order_by("-pages", "family")[:LISTED]
    found = [Family(family, pages, compare(project, family)) for family, pages in largest]
    keeping.keep(name, found, KEPT_S)
    return found


def compare(project: Project, family: str) -> dict[str, Distinctness]:
    """By field, how well the pages of a family tell themselves apart."""
    members = [member for member in families.members(project.id, family)][:COMPARED]
    said = {urlsplit(member.sibling.url).path: member for member in members}
    masks = {path: Mask.of(PageText(path, {}, (), member.dimensions)) for path, member in said.items()}
    headings, bodies = read(project, family, masks)
    texts = {
        "title": {path: member.sibling.title for path, member in said.items()},
        "description": {path: member.sibling.description for path, member in said.items()},
        "main heading": headings,
        "paragraphs": bodies,
    }
    return {name: kinship.distinctness(found, masks) for name, found in texts.items()}


def read(project: Project, family: str, masks: dict[str, Mask]) -> tuple[dict[str, str], dict[str, str]]:
    """Main heading and paragraphs of some pages, as they are proposed or decided; their masks are added."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [project.id, family, READ])
        rows = cursor.fetchall()
    after = changed(run for run, *_ in rows)
    headings, bodies = {}, {}
    for run, url, body in rows:
        page = PageText.from_extraction(orjson.loads(packing.unpack(bytes(body))), url)
        path = urlsplit(url).path
        masks.setdefault(path, Mask.of(page))
        texts = [
            (block.type, inline.plain(after.get((run, block.id), block.content)))
            for block in page.blocks
            if not block.attr and block.region not in SHARED_REGIONS
        ]
        headings[path] = next((text for kind, text in texts if kind == "h1"), "")
        bodies[path] = "\n".join(text for kind, text in texts if kind == "p")
    return headings, bodies


def changed(runs: Iterable[int]) -> dict[tuple[int, str], str]:
    """The texts that stand for blocks of these runs, by run and block."""
    kept = Suggestion.objects.filter(run__in=list(runs), kind=Suggestion.Kind.BLOCK)
    rows: Any = kept.exclude(review=Suggestion.Review.REJECTED).values_list(
        "run_id", "target", "text", "decided_text"
    )
    return {(run, target): decided or text for run, target, text, decided in rows if decided or text}
