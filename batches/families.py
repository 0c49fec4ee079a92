"""Pages of one make: what the others say, while one of them is worked on."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
from django.db import connection

from batches.outcomes import Outcome
from nimbus import clock
from optimizer import families, inline
from optimizer.families import Member
from optimizer.types import DESCRIPTION, TITLE, PageText, Sibling, Suggestion

# So many pages of a family are kept in mind; the newest say best what is taken.
KEPT = 400
LIKELY_TITLE, LIKELY_DESCRIPTION = 45, 110

# What the newest decided or proposed texts of a family's pages say.
SAID = """
SELECT p.id, 'https://' || p.domain || p.path, p.dimensions, s.place,
    coalesce(nullif(s.decided_text, ''), s.text), s.created_at
FROM batches_page p JOIN LATERAL (
    SELECT DISTINCT ON (place) CASE WHEN s.kind = 'head' THEN s.target ELSE 'h1' END AS place,
        s.text, s.decided_text, s.created_at
    FROM batches_suggestion s
    WHERE s.page_id = p.id AND s.text <> '' AND s.review <> 'rejected'
        AND (s.target IN ('title', 'metaDescription') OR s.block_type = 'h1')
    ORDER BY place, s.created_at DESC
) s ON true
WHERE p.project_id = %s AND p.family = %s ORDER BY p.id LIMIT %s
"""


class Database(Protocol):
    async def persist[T](self, function: Callable[..., T], *arguments: Any) -> T: ...


def of_page(page: PageText) -> str:
    return families.name_of(page, urlsplit(page.url).path)


def store(winners: Sequence[Outcome]) -> None:
    """Note the families of these pages where they are new."""
    rows = [(o.claim.page_id, o.family) for o in winners if o.family]
    if rows:
        with connection.cursor() as cursor:
            columns = [list(column) for column in zip(*sorted(rows), strict=True)]
            cursor.execute(
                """UPDATE batches_page p SET family = e.family
                FROM unnest(%s::text[], %s::text[]) AS e (id, family)
                WHERE p.id = e.id AND p.family <> e.family""",
                columns,
            )


class Kin:
    """What one process has heard of the families of a project."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self._members: dict[str, asyncio.Task[deque[Member]]] = {}

    async def sisters(self, page: PageText, database: Database) -> tuple[Sibling, ...]:
        """The sisters of a page, nearest first; asks the database once a family."""
        family = of_page(page)
        if not family:
            return ()
        if family not in self._members:
            self._members[family] = asyncio.create_task(self._load(family, database))
        return families.nearest(page, await asyncio.shield(self._members[family]))

    async def _load(self, family: str, database: Database) -> deque[Member]:
        return deque(await database.persist(members, self.project_id, family), maxlen=KEPT)

    def hear(self, page: PageText, suggestions: Iterable[Suggestion]) -> None:
        """What this page will say, for the ones that come after it."""
        family = of_page(page)
        known = self._members.get(family)
        if known is None or not known.done() or known.cancelled() or known.exception():
            return
        said = {TITLE: page.head.get(TITLE) or "", DESCRIPTION: page.head.get(DESCRIPTION) or ""}
        top = next((block for block in page.blocks if block.type == "h1" and not block.attr), None)
        said |= {top.id: top.content} if top else {}
        said |= {s.target: s.text for s in suggestions if s.target in said and s.text}
        heading = inline.plain(said[top.id]) if top else ""
        sibling = Sibling(page.url, said[TITLE], said[DESCRIPTION], heading)
        known.result().append(Member(sibling, page.dimensions))


def members(project_id: str, family: str) -> list[Member]:
    """The pages of a family that say something already."""
    return [member for member, _ in said(project_id, family)]


def said(project_id: str, family: str) -> list[tuple[Member, datetime]]:
    """The pages of a family that say something already, and since when."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, [project_id, family, KEPT * 2])
        rows = cursor.fetchall()
    texts: dict[str, dict[str, str]] = {}
    about: dict[str, tuple[str, dict[str, str]]] = {}
    since: dict[str, datetime] = {}
    for page, url, dimensions, target, text, created in rows:
        texts.setdefault(page, {})[target] = text
        since[page] = max(created, since.get(page, created))
        about[page] = (url, {name: str(value) for name, value in as_mapping(dimensions).items()})
    return [
        (Member(sibling(url, texts[page]), dimensions), since[page])
        for page, (url, dimensions) in about.items()
    ]


def sibling(url: str, texts: Mapping[str, str]) -> Sibling:
    heading = inline.plain(texts.get("h1", ""))
    return Sibling(url, texts.get(TITLE, ""), texts.get(DESCRIPTION, ""), heading)


class Stored:
    """Sisters as the database has them, each family read once."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self._families: dict[str, list[tuple[Member, datetime]]] = {}
        self._new: set[str] = set()

    def with_sisters(self, page: PageText, until: datetime | None = None, expects: bool = False) -> PageText:
        """The page with its sisters; `until` leaves out what was said later.

        `expects` lets the next pages of a family that has said nothing yet hear what this one may say.
        """
        family = of_page(page)
        if not family:
            return page
        if family not in self._families:
            self._families[family] = said(self.project_id, family)[-KEPT:]
            self._new |= set() if self._families[family] else {family}
        known = (m for m, since in self._families[family] if until is None or since <= until)
        told = replace(page, siblings=families.nearest(page, known))
        if expects and family in self._new:
            # As long as a text that will have been written, and like no other's.
            title, description = f"{page.url:x<{LIKELY_TITLE}}", f"{page.url:x<{LIKELY_DESCRIPTION}}"
            likely = Sibling(page.url, title[:LIKELY_TITLE], description[:LIKELY_DESCRIPTION])
            self._families[family].append((Member(likely, page.dimensions), clock.now()))
        return told


def as_mapping(value: Any) -> dict[str, Any]:
    return orjson.loads(value) if isinstance(value, str) else dict(value or {})
