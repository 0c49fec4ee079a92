"""One valid row each, for the tests of queue and executor."""

import hashlib
import itertools

import orjson

from accounts import organizations
from accounts.models import User
from batches.models import Batch, Page, PageRun, PageSnapshot
from nimbus import packing
from projects.models import Project

NUMBERS = itertools.count(1)


def make_project(name="acme", **fields):
    owner = User.objects.create_user(f"owner-{next(NUMBERS)}@{name}.test", "a-long-password")
    organization = organizations.create(name.title(), owner)
    fields = {"name": name.title(), "domain": f"{name}.test", **fields}
    return Project.objects.create(organization=organization, creator=owner, **fields)


def make_batch(project, pages=1, **fields):
    batch = Batch.objects.create(
        organization_id=project.organization_id, project=project, **{"tier": "meta", **fields}
    )
    for number in range(pages):
        make_run(batch, f"/p{number}")
    batch.refresh_from_db()
    return batch


COPY = "We mend pipes, boilers and taps in Leeds, day and night."


def make_run(batch, path, text="Old title", copy=COPY, place="Leeds", **fields):
    page, _ = Page.objects.get_or_create(
        project=batch.project,
        domain=batch.project.domain,
        path=path,
        defaults={
            "id": f"page_{hashlib.sha256((batch.project_id + path).encode()).hexdigest()[:24]}",
            "organization_id": batch.organization_id,
        },
    )
    copy = copy.replace("Leeds", place)
    content_hash = hashlib.sha256((text + (copy if copy != COPY else "")).encode()).hexdigest()
    run = PageRun.objects.create(
        organization_id=batch.organization_id, batch=batch, page=page, content_hash=content_hash, **fields
    )
    extraction = {
        "head": {"title": text, "metaDescription": "", "lang": "en"},
        "above_fold_blocks": [{"id": "b-1", "type": "h1", "content": f"Plumber in {place}"}],
        "rest_of_page_blocks": [{"id": "b-2", "type": "p", "content": copy}],
        "dimensions": {"location": place, "service": "Plumber"},
    }
    PageSnapshot.objects.create(
        run=run, organization_id=batch.organization_id, body=packing.pack(orjson.dumps(extraction))
    )
    return run
