"""Made pages in the database, and what became of them."""

import hashlib
import itertools
from typing import Any

import orjson
from django.db import connection
from executor_requests import extraction

from accounts import organizations
from accounts.models import User
from batches import queue
from batches.models import Batch, Page, PageRun, PageSnapshot
from nimbus import ids, packing
from projects.models import Project

NUMBERS = itertools.count(1)
# What the model twin answers, whatever it is asked; it passes the checks for any of these pages.
CANNED = (
    {"label": "title", "text": "Watches, cameras and lamps mended by post, in our workshop"},
    {
        "label": "description",
        "text": "Send your watch, camera or lamp by post. We look at it the day it comes, tell you the "
        "price, and start once you agree. Most repairs are done in a week.",
    },
)


def make_project(concurrency: int) -> Project:
    number = next(NUMBERS)
    owner = User.objects.create(email=f"bench-{number}@nimbus.test")
    organization = organizations.create(f"Bench {number}", owner)
    settings = {"default_concurrency": concurrency, "max_pages_per_batch": 100_000}
    return Project.objects.create(
        organization=organization,
        creator=owner,
        name="Bench",
        domain=f"bench-{number}.test",
        settings=settings,
    )


def submit(pages: int, concurrency: int = 2000) -> Batch:
    """A batch of this many pages in a project of its own, queued."""
    project = make_project(concurrency)
    tenant = {"organization_id": project.organization_id}
    batch = Batch.objects.create(project=project, tier="meta", **tenant)
    for start in range(0, pages, 2000):
        numbers = range(start, min(start + 2000, pages))
        found = [
            Page(
                id=f"page_{hashlib.sha256(f'{project.id}{n}'.encode()).hexdigest()[:24]}",
                project=project, domain=project.domain, path=f"/p{n}", **tenant,
            )
            for n in numbers
        ]  # fmt: skip
        Page.objects.bulk_create(found)
        hashes = (hashlib.sha256(str(n).encode()).hexdigest() for n in numbers)
        runs = PageRun.objects.bulk_create(
            PageRun(batch=batch, page=page, content_hash=content, **tenant)
            for page, content in zip(found, hashes, strict=True)
        )
        PageSnapshot.objects.bulk_create(
            PageSnapshot(run=run, body=packing.pack(orjson.dumps(extraction(n))), **tenant)
            for n, run in zip(numbers, runs, strict=True)
        )
    batch.refresh_from_db()
    return queue.submit(batch, by="system")


def outcome(batch: Batch) -> dict[str, Any]:
    """Counts, seconds from submit to the last result, and the slowest hundredth of the pages."""
    batch.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT extract(epoch FROM max(r.finished_at) - min(e.at)),
                percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM r.finished_at - e.at))
            FROM batches_pagerun r JOIN (
                SELECT target, min(at) AS at FROM accounts_auditevent
                WHERE batch = %s AND action = 'page.claimed' GROUP BY target
            ) e ON e.target = r.page_id
            WHERE r.batch_id = %s AND r.status = 'done'""",
            [batch.id, batch.id],
        )
        wall, slowest = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM accounts_auditevent WHERE batch = %s", [batch.id])
        events = cursor.fetchone()[0]
    return {
        "done": batch.done_count,
        "failed": batch.failed_count,
        "wall_s": float(wall or 0),
        "page_s_p99": float(slowest or 0),
        "events": events,
    }


def seconds_to_finish(batch: Batch) -> float | None:
    batch.refresh_from_db()
    if batch.finished_at is None or batch.submitted_at is None:
        return None
    return (batch.finished_at - batch.submitted_at).total_seconds()


def done_pages() -> int:
    return PageRun.objects.filter(status="done").count()


def new_key() -> str:
    return f"sk-{ids.base32(20)}"
