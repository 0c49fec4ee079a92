"""A site at its full size in the database: a finished batch to look at and a live one to watch.

The rows are made by statements of the database: what they say is dull, but each screen has as many to read as
it would have. Hashes of the log are not those of a chain: nothing here verifies it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
from django.db import connection
from django.test import Client
from executor_pages import make_project

from accounts.models import User
from batches.models import Batch, PageRun
from batches.pagetable import Wish, cursor_of, portion
from nimbus import packing
from projects.models import Project


class Size(NamedTuple):
    pages: int
    # Of each page.
    suggestions: int
    events: int


@dataclass(frozen=True, slots=True)
class World:
    project: Project
    finished: Batch
    live: Batch
    cookie: str


FULL, QUICK = Size(10_000, 40, 1_000_000), Size(1_000, 40, 100_000)
BRANDS, TOWNS = 20, 500

PAGES = """
INSERT INTO batches_page (id, organization_id, project_id, domain, path, source_path, dimensions, family,
    results_version, applied_hash, created_at)
SELECT 'page_' || left(md5(%(project)s || n), 24), %(organization)s, %(project)s, %(domain)s,
    '/brand-' || n %% {brands} || '/town-' || n, 'brand/town-' || n || '.html',
    jsonb_build_object('brand', 'Brand ' || n %% {brands}, 'location', 'Town ' || n %% {towns}),
    'brand × location', 0, '', now()
FROM generate_series(1, %(pages)s) n
"""
SNAPSHOTS = """
INSERT INTO batches_pagesnapshot (organization_id, run_id, body, source_key)
SELECT organization_id, id, %(body)s, '' FROM batches_pagerun WHERE batch_id = %(batch)s
"""
# One text in twenty is held, and as many are noted; a quarter of the pages is decided.
SUGGESTIONS = """
INSERT INTO batches_suggestion (id, organization_id, batch_id, run_id, page_id, target, kind, block_type,
    position, original, original_hash, text, decided_text, verdicts, level, confidence, review, version,
    created_at, decided_at)
SELECT 'sug_' || left(md5(r.id || '/' || n), 24), r.organization_id, r.batch_id, r.id, r.page_id,
    CASE n WHEN 1 THEN 'title' WHEN 2 THEN 'metaDescription' ELSE 'b-' || n END,
    CASE WHEN n < 3 THEN 'head' ELSE 'block' END, CASE WHEN n < 3 THEN '' ELSE 'p' END, n,
    'We mend watches and lamps, part ' || n, md5(n::text), 'We mend watches, cameras and lamps, part ' || n,
    '', CASE (r.id + n) %% 20 WHEN 0 THEN '[{"check": "facts", "level": "hold", "message": "A number."}]'
        WHEN 1 THEN '[{"check": "reading", "level": "note", "message": "Hard."}]'
        ELSE '[{"check": "all", "level": "pass", "message": "Passed every check."}]' END::jsonb,
    CASE (r.id + n) %% 20 WHEN 0 THEN 'hold' WHEN 1 THEN 'note' ELSE 'pass' END,
    CASE (r.id + n) %% 20 WHEN 0 THEN 0.5 WHEN 1 THEN 0.9 ELSE 1.0 END,
    CASE WHEN r.id %% 4 = 0 THEN 'approved' ELSE 'pending' END, 1, now(),
    CASE WHEN r.id %% 4 = 0 THEN now() END
FROM batches_pagerun r CROSS JOIN generate_series(1, %(suggestions)s) n WHERE r.batch_id = %(batch)s
"""
EVENTS = """
INSERT INTO accounts_auditevent (chain, seq, organization_id, at, actor, action, target, batch, level, step,
    message, data, previous_hash, hash, salt, commitment)
SELECT %(project)s, n, %(organization)s, now() - (%(events)s - n) * interval '1 second', 'worker',
    'page.completed', 'page_' || left(md5(%(project)s || n %% %(pages)s + 1), 24), %(batch)s, 'info', '',
    '', '{}', md5(n::text), md5(n::text), '', ''
FROM generate_series(1, %(events)s) n
"""
HEAD = """
INSERT INTO accounts_auditchain (id, organization_id, seq, hash)
VALUES (%(project)s, %(organization)s, %(events)s, md5('head'))
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq
"""


def furnish(size: Size) -> World:
    project = make_project(2000)
    tenant = {"organization_id": project.organization_id}
    finished = Batch.objects.create(project=project, tier="full", label="Whole site", **tenant)
    live = Batch.objects.create(project=project, tier="meta", label="Running", status="processing", **tenant)
    names: dict[str, Any] = {
        "project": project.id, "organization": project.organization_id, "domain": project.domain,
        "body": packing.pack(orjson.dumps(extraction(size.suggestions))), "batch": finished.id,
        "pages": size.pages, "suggestions": size.suggestions, "events": size.events,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PAGES.format(brands=BRANDS, towns=TOWNS), names)
        run_all(finished, "done", title="Repairs by post", model="gpt-5-mini", changes=size.suggestions)
        run_all(live, "queued")
        for statement in (SNAPSHOTS, SUGGESTIONS, EVENTS):
            cursor.execute(statement, names)
        cursor.execute(SNAPSHOTS, names | {"batch": live.id})
        cursor.execute(HEAD, names)
    Batch.objects.filter(id=finished.id).update(status="completed", finished_at=finished.created_at)
    for batch in (finished, live):
        batch.refresh_from_db()
    return World(project, finished, live, session(project.creator))


def run_all(batch: Batch, status: str, **fields: Any) -> None:
    """Every page of the project in this batch, each as sure of itself as its number says."""
    pages = batch.project.pages.order_by("id").values_list("id", flat=True)
    PageRun.objects.bulk_create(
        PageRun(
            batch=batch, organization_id=batch.organization_id, page_id=page, content_hash=str(number),
            status=status, confidence=0.5 + number % 50 / 100 if status == "done" else None, **fields,
        )
        for number, page in enumerate(pages)
    )  # fmt: skip


def extraction(blocks: int) -> dict[str, object]:
    texts = [f"We mend watches and lamps, part {n}" for n in range(3, blocks + 1)]
    return {
        "head": {"title": texts[0], "metaDescription": "", "lang": "en"},
        "above_fold_blocks": [],
        "rest_of_page_blocks": [
            {"id": f"b-{n}", "type": "p", "content": text, "region": "main"}
            for n, text in enumerate(texts, 3)
        ],
    }


def session(user: User | None) -> str:
    """The cookie of a signed-in browser."""
    assert user
    client = Client()
    client.force_login(user)
    [(name, morsel)] = [(name, m) for name, m in client.cookies.items() if "sessionid" in name]
    return f"{name}={morsel.value}"


def screens(world: World) -> dict[str, str]:
    """Every screen that grows with the site, by name; `… last` is the deep end of a list."""
    project, batch = world.project, world.finished
    home, organization = f"/projects/{project.id}", project.organization_id
    runs = list(batch.runs.order_by("-id").values_list("id", "page_id")[:51])
    pending = batch.suggestions.filter(review="pending").order_by("page_id").values("page_id").first()
    assert pending
    last = portion(project, Wish.of({}), 51, backwards=True)
    return {
        "home": "/",
        "project": home,
        "batches": f"{home}/batches",
        "pages": f"{home}/pages",
        "pages last": f"{home}/pages?after={quote(cursor_of(last[0], Wish.of({})))}",
        "pages by check": f"{home}/pages?check=facts",
        "pages by confidence": f"{home}/pages?sort=confidence",
        "pages searched": f"{home}/pages?q=town-99",
        "families": f"{home}/families",
        "batch": f"/batches/{batch.id}",
        "batch last": f"/batches/{batch.id}?after={runs[-1][0]}",
        "batch live": f"/batches/{world.live.id}",
        "review": f"/batches/{batch.id}/review",
        "review page": f"/batches/{batch.id}/review?page={pending['page_id']}",
        "page": f"/batches/{batch.id}/pages/{runs[0][1]}",
        "audit": "/you/audit",
        "audit last": f"/you/audit?after={first_event(project) + 60}",
        "usage": f"/organizations/{organization}/usage",
        "members": f"/you/organizations/{organization}/members",
        "jump": f"/jump?q=town-99&project={project.id}",
    }


def first_event(project: Project) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM accounts_auditevent WHERE chain = %s", [project.id])
        return int(cursor.fetchone()[0])
