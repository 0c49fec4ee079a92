"""The story of Nimbus: a site is built, pushed, improved, reviewed and applied, then built again.

Everything is real: PostgreSQL, the worker in its own process, HTTP, the npm package in Node. The model is the
offline engine.
"""

import sys
from pathlib import Path

import pytest

from accounts import chains, organizations
from accounts.models import AuditEvent, User
from batches import group_decisions
from batches.models import Batch, Decision, OutboxMail, PageRun, Suggestion
from batches.wishes import Wish
from nimbus.demo import site
from projects.models import APIKey, Project
from tests.conftest import wait_until

sys.path.insert(0, str(Path(__file__).parent.parent / "script" / "benchmarks"))

from differ import changed_outside

PAGES = 12


@pytest.fixture
def alice(transactional_db):
    return User.objects.create_user("alice@acme.test", "a-long-password", name="Alice")


@pytest.fixture
def project(alice):
    acme = organizations.create("Acme", alice)
    return Project.objects.create(
        organization=acme, creator=alice, name="Repairs by Post", domain="repairsbypost.test",
        settings={"dimension_rules": site.DIMENSION_RULES},
    )  # fmt: skip


@pytest.fixture
def nimbus(nimbus_cli, project, alice):
    _, secret = APIKey.objects.issue(project.organization, "CI", project=project, by=alice)
    return lambda *arguments: nimbus_cli(*arguments, key=secret, project=project.id)


def build(folder, pages=PAGES):
    site.write(folder, pages)
    return read(folder)


def read(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.html"))}


def finished(batch_id):
    return wait_until(lambda: Batch.objects.filter(id=batch_id, status__in=Batch.FINAL).first(), 60)


def newest_batch():
    return Batch.objects.latest("created_at")


def approved_texts(path):
    found = Suggestion.objects.filter(page__source_path=path, review="approved")
    return [suggestion.approved_text for suggestion in found]


def test_site_is_improved_and_a_later_build_keeps_it(nimbus, project, alice, tmp_path):
    dist = tmp_path / "dist"
    built = build(dist)

    nimbus("push", "dist", "--tier", "above-fold")
    batch = finished(newest_batch().id)
    assert (batch.status, batch.page_count, batch.done_count) == ("completed", PAGES, PAGES)
    assert batch.pending_count > PAGES

    group_decisions.decide(batch, Wish(list="all"), Decision.What.APPROVE, by=alice)
    nimbus("apply", "dist")
    applied = read(dist)
    assert all(applied[path] != built[path] for path in built)
    assert [changed_outside(built[path], applied[path], approved_texts(path)) for path in built] == [
        0
    ] * PAGES

    build(dist)
    changed = next(iter(built))
    path = dist / changed
    path.write_bytes(path.read_bytes().replace(b"What ", b"All that ", 1))
    nimbus("push", "dist", "--tier", "above-fold")
    second = finished(newest_batch().id)
    assert second.id != batch.id
    # The others did not even travel.
    assert (second.page_count, second.done_count) == (1, 1)
    nimbus("apply", "dist")
    again = read(dist)
    assert {name: data for name, data in again.items() if name != changed} == {
        name: data for name, data in applied.items() if name != changed
    }


def test_every_step_is_in_the_log_and_the_report_is_mailed_once(nimbus, project, tmp_path):
    build(tmp_path / "dist", 3)

    nimbus("push", "dist")
    batch = finished(newest_batch().id)

    run = PageRun.objects.filter(batch=batch).first()
    actions = list(
        AuditEvent.objects.filter(target=run.page_id).order_by("seq").values_list("action", flat=True)
    )
    assert actions[0] == "page.uploaded"
    assert "page.completed" in actions
    assert chains.verify(project.id) is None
    mail = wait_until(lambda: OutboxMail.objects.filter(batch=batch).first())
    assert mail.to == "alice@acme.test"
    assert "3 of 3 pages" in mail.subject
    assert OutboxMail.objects.filter(batch=batch).count() == 1


def test_killed_worker_loses_no_page(product, nimbus, project, tmp_path):
    build(tmp_path / "dist", 60)
    nimbus("push", "dist")

    product.kill_worker()

    batch = finished(newest_batch().id)
    assert (batch.status, batch.done_count) == ("completed", 60)
