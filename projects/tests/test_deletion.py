"""A deleted project is gone at once, comes back for a while, and then leaves no trace but its figures."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import audit, chains, exports
from accounts.models import AuditEvent
from batches import doctor, retention, shares, uploads
from batches.models import Artifact, Batch, ModelCall, Page
from nimbus.errors import NotFoundError
from projects import changes, deletion
from projects.models import APIKey, Project, SpendDay, SpendEntry
from tests.cast import ApiClient, sign_in
from tests.furniture import furnish
from tests.traces import traces

pytestmark = pytest.mark.django_db
MARKER = "xvanishedx"
OVER = deletion.GRACE + timedelta(minutes=1)
# Of an organization or a person, whatever becomes of one project; chains lose their texts alone.
OF_NO_PROJECT = {
    "accounts.AuditChain", "accounts.AuditEvent", "accounts.DataExport", "accounts.Invitation",
    "accounts.Membership", "accounts.ProviderKey", "accounts.SupportVisit",
    # An answer to a repeated request, kept for two days; total figures.
    "nimbus.IdempotencyRecord", "projects.SpendTotal",
}  # fmt: skip


def test_every_table_says_whether_it_is_part_of_a_project():
    found = {model._meta.label: deletion.path_to_project(model) for model in exports.tenant_models()}

    assert {label for label, path in found.items() if not path} == OF_NO_PROJECT | {"projects.Project"}
    assert (found["batches.Decision"], found["projects.Brief"]) == (
        "suggestion__batch__project", "project",
    )  # fmt: skip


@pytest.fixture
def world(settings, tmp_path, make_project, make_page_line, alice):
    """A project with a marker wherever one can leave it."""
    settings.NIMBUS_ARTIFACTS = tmp_path
    project = make_project(name=f"Site {MARKER}", domain=f"{MARKER}.test")
    furnish(project, alice)
    changes.write_brief(project, alice, {"facts": [MARKER]})
    _, secret = APIKey.objects.issue(project.organization, f"Key {MARKER}", scopes=["admin"], project=project)
    batch = uploads.create_batch(project, tier="meta", label=MARKER, by=alice)
    line = make_page_line(f"/{MARKER}.html", f"Title {MARKER}")
    line["source_html"] = f"<title>{MARKER}</title>"
    ApiClient(secret).upload(batch.id, line)
    audit.record(project, "page.failed", message=MARKER)
    return project, batch, secret


def test_deleted_project_is_gone_from_every_door_and_comes_back(client, alice, world):
    project, batch, secret = world
    file = Artifact.objects.create(
        organization_id=project.organization_id, project=project, batch=batch, kind="report", key="0",
        sha256="0", size=1, expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    token = shares.link(file).rpartition("/")[2]
    sign_in(client, alice)

    def doors():
        return [
            client.get(f"/projects/{project.id}").status_code,
            client.get(f"/batches/{batch.id}").status_code,
            ApiClient(secret).get(f"/api/v1/projects/{project.id}").status_code,
            ApiClient(secret).get(f"/api/v1/batches/{batch.id}").status_code,
            is_shared(token),
        ]

    assert doors() == [200, 200, 200, 200, True]
    page = client.post(f"/projects/{project.id}/delete", {"name": project.name}, follow=True).text
    assert doors() == [404, 404, 404, 404, False]
    assert f"{project.name} is deleted" in page
    # Both as an undo of the moment, and in the list for later.
    assert page.count(f'action="/projects/{project.id}/restore"') == 2

    client.post(f"/projects/{project.id}/restore")

    assert doors() == [200, 200, 200, 200, True]
    told = AuditEvent.objects.filter(chain=project.organization_id, target=project.id, actor=alice.id)
    assert list(told.order_by("seq").values_list("action", flat=True)) == [
        "project.deleted",
        "project.restored",
    ]


def is_shared(token):
    try:
        return bool(shares.find(token))
    except NotFoundError:
        return False


def test_wrong_name_deletes_nothing(client, alice, project):
    sign_in(client, alice)

    page = client.post(f"/projects/{project.id}/delete", {"name": "Another"}, follow=True).text

    assert "Nothing was changed" in page
    assert Project.objects.for_user(alice).filter(id=project.id).exists()


def test_deletion_waits_for_a_fresh_proof(client, alice, project):
    client.force_login(alice)

    asked = client.post(f"/projects/{project.id}/delete", {"name": project.name})

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert Project.objects.for_user(alice).filter(id=project.id).exists()


def test_only_owners_are_shown_the_way(client, alice, bob, project):
    def shows(person):
        return "Delete project" in sign_in(client, person).get(f"/projects/{project.id}/settings").text

    assert (shows(alice), shows(bob)) == (True, False)


def test_control_the_marker_is_everywhere(world):
    found = " ".join(traces(MARKER))

    for place in ("projects_project", "projects_brief", "projects_apikey", "batches_page", "batches_batch",
                  "accounts_auditevent", "org_"):  # fmt: skip
        assert place in found


def test_nothing_goes_before_the_grace_is_over(world, alice):
    project, _, _ = world
    deletion.delete(project, alice)

    retention.purge(timezone.now() + deletion.GRACE - timedelta(hours=1))

    assert Page.objects.filter(project=project).exists()


def test_erased_project_leaves_its_figures_alone(
    world, alice, make_project, django_capture_on_commit_callbacks
):
    project, batch, _ = world
    sibling = make_project(name="Sibling", domain="sibling.test")
    other = Batch.objects.create(organization_id=sibling.organization_id, project=sibling, tier="meta")
    key, _ = APIKey.objects.issue(sibling.organization, "CI", project=sibling)
    deletion.delete(project, alice)

    with django_capture_on_commit_callbacks(execute=True):
        assert retention.purge(timezone.now() + OVER)["projects"] == 1

    assert traces(MARKER) == []
    assert not Batch.objects.filter(id=batch.id).exists()
    assert SpendEntry.objects.filter(project=project).exists()
    assert SpendDay.objects.filter(project=project).exists()
    assert list(Batch.objects.all()) == [other]
    assert list(APIKey.objects.all()) == [key]
    assert [chain for chain in chains.known() if chains.verify(chain) is not None] == []
    assert AuditEvent.objects.filter(action="project.erased", target=project.id).exists()
    assert deletion.restore(project, alice) is False
    assert retention.purge(timezone.now() + OVER)["projects"] == 0


def test_doctor_knows_that_an_erased_project_has_no_journal(world):
    project, batch, _ = world
    tenant = {"organization_id": project.organization_id, "project": project}
    call = ModelCall.objects.create(
        id=uuid.uuid4(), batch=batch, runs=[], purpose="optimize", request_hash="0", sent_at=timezone.now(),
        outcome="answered", cost_microdollars=7, **tenant,
    )  # fmt: skip
    for kind in ("reserve", "settle"):
        SpendEntry.objects.create(
            call=call.id, kind=kind, microdollars=7, day=timezone.now().date(), batch=batch.id, **tenant
        )

    assert [finding.is_well for finding in doctor.examine(["ledger"])] == [True]
    deletion.erase(project)
    assert not ModelCall.objects.exists()
    assert [finding.is_well for finding in doctor.examine(["ledger"])] == [True]
    Project.objects.filter(id=project.id).update(domain="not.erased.test")
    assert [finding.is_well for finding in doctor.examine(["ledger"])] == [False]


def test_project_that_is_taken_back_in_the_last_moment_stays(world, alice):
    project, _, _ = world
    deletion.delete(project, alice)
    due = Project.objects.deleted().filter(id=project.id)
    deletion.restore(project, alice)

    assert deletion.erase_still_deleted(due) is False
    assert Page.objects.filter(project=project).exists()
