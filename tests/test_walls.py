"""The second wall: PostgreSQL itself shows a request its own tenants' rows and no others."""

import os

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import ProgrammingError, connection, transaction
from django.http import StreamingHttpResponse
from django.test import RequestFactory

from accounts import audit, chains, members, organizations
from accounts.models import AuditEvent, Membership, Organization
from batches.models import Batch
from nimbus import checks, middleware, rows, walls
from projects.models import APIKey, Project
from tests.furniture import furnish

pytestmark = pytest.mark.django_db

# Tables of no tenant, each with its reason. A new table belongs here or behind the wall.
NO_TENANT = {
    "accounts_user": "a person may belong to many organizations",
    "accounts_user_groups": "staff only",
    "accounts_user_user_permissions": "staff only",
    "account_emailaddress": "a person's",
    "account_emailconfirmation": "a person's",
    "mfa_authenticator": "a person's",
    "usersessions_usersession": "a person's",
    "socialaccount_socialaccount": "a person's",
    "socialaccount_socialtoken": "a person's",
    "socialaccount_socialapp": "the installation's",
    "auth_group": "staff only",
    "auth_group_permissions": "staff only",
    "auth_permission": "staff only",
    "nimbus_heartbeat": "the installation's",
    "django_admin_log": "staff only",
    "django_content_type": "the installation's",
    "django_migrations": "the installation's",
    "django_session": "found by its own secret alone",
}
CATALOGUE = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
        (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles = '{0}'
            AND p.polcmd = '*' AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL),
        (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles <> '{0}'
            AND p.polroles <> ARRAY[c.relowner])
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""


def open_tables(cursor):
    """Those without forced row-level security, exactly one policy for all, and none for others."""
    cursor.execute(CATALOGUE)
    return {name for name, *rest in cursor.fetchall() if name not in NO_TENANT and rest != [True, True, 1, 0]}


def as_app(**sight):
    return walls.asked_by(walls.Fixed(walls.Sight(number=next(walls.NUMBERS), **sight)))


def ask(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def ask_by_copy(table):
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN"):
        pass


def count(table):
    return ask(f"SELECT count(*) FROM {table}")[0][0]


@pytest.fixture
def furnished(project, alice, foreign_project, charlie):
    """Acme and Elsewhere own one of everything each."""
    furnish(project, alice)
    furnish(foreign_project, charlie)


def test_every_table_is_behind_the_wall_or_of_no_tenant():
    with connection.cursor() as cursor:
        assert not open_tables(cursor), "add `*rls.wall(table)` to the migration, see nimbus/rls.py"


def test_new_table_without_a_wall_is_found():
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id int, organization_id text)")
        assert open_tables(cursor) == {"later"}
        owner.rollback()


def test_app_role_owns_nothing_and_bypasses_nothing():
    assert ask("""
        SELECT rolsuper, rolbypassrls, EXISTS (
            SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relnamespace = 'public'::regnamespace
        ) FROM pg_roles WHERE rolname = 'nimbus_app'
    """) == [(False, False, False)]


def walled_tables():
    return [name for name, *rest in ask(CATALOGUE) if name not in NO_TENANT]


def test_untold_transaction_sees_no_row_of_any_tenant(furnished):
    tables = walled_tables()
    there = {table: count(table) for table in tables}

    with as_app():
        assert {table: count(table) for table in tables} == dict.fromkeys(tables, 0)
    assert all(there.values()), "every table has rows to hide"


def test_person_sees_the_own_organization_in_every_table(furnished, alice, acme):
    column = {"accounts_organization": "id"}
    owners = "SELECT DISTINCT nullif({}, '') FROM {}"
    with as_app(person=alice.id):
        for table in walled_tables():
            found = ask(owners.format(column.get(table, "organization_id"), table))
            assert found == [(acme.id,)], table


def test_key_sees_its_organization_and_a_revoked_one_nothing(furnished, project, foreign_project):
    key, _ = APIKey.objects.issue(project.organization, "CI", project=project)
    with as_app(proof=("of another pepper", key.digest)):
        assert ask("SELECT organization_id FROM batches_batch") == [(project.organization_id,)]

    key.revoke()

    with as_app(proof=(key.digest,)):
        assert count("batches_batch") == 0


@pytest.mark.parametrize("table", ["batches_batch", "projects_brief", "accounts_auditchain"])
def test_row_of_another_tenant_is_neither_changed_nor_deleted(table, furnished, alice):
    before = count(table)
    with as_app(person=alice.id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET organization_id = organization_id")
        changed = cursor.rowcount

    assert 0 < changed < before


def test_row_for_another_tenant_is_refused(alice, foreign_project):
    with as_app(person=alice.id), transaction.atomic(), pytest.raises(ProgrammingError, match="row-level"):
        Batch.objects.create(
            organization_id=foreign_project.organization_id, project=foreign_project, tier="meta"
        )


def test_nobody_makes_oneself_a_member(alice, charlie):
    elsewhere = charlie.memberships.get().organization_id
    with as_app(person=alice.id), transaction.atomic(), pytest.raises(ProgrammingError, match="row-level"):
        Membership.objects.create(organization_id=elsewhere, user=alice)


def test_removed_member_sees_nothing_from_the_next_transaction_on(bob, acme, project):
    with as_app(person=bob.id):
        assert Project.objects.exists()
    Membership.objects.filter(user=bob).delete()

    with as_app(person=bob.id):
        assert not Project.objects.exists()


def test_what_is_told_ends_with_the_savepoint_it_was_told_in(alice, project, monkeypatch):
    monkeypatch.setattr(walls, "STAND_IN", "")
    point = transaction.savepoint_create()
    with as_app(person=alice.id):
        assert Project.objects.exists()
        transaction.savepoint_rollback(point)
        assert Project.objects.exists()
    assert not Project.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_statement_without_a_transaction_gets_one_and_leaves_nothing_behind(alice, project, monkeypatch):
    monkeypatch.setattr(walls, "STAND_IN", "")
    with as_app(person=alice.id):
        assert [found.id for found in Project.objects.iterator(chunk_size=1)] == [project.id]
        with pytest.raises(ProgrammingError):
            ask("SELECT nothing_like_this")

    assert ask("SELECT current_setting('nimbus.tenants', true)") in ([("",)], [(None,)])
    assert not Project.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_setting_of_a_session_would_leak_and_that_of_a_transaction_does_not(acme, project, monkeypatch):
    """The control: what the wall would be worth with SET instead of SET LOCAL."""
    monkeypatch.setattr(walls, "STAND_IN", "")
    ask("SELECT set_config('nimbus.tenants', %s, true)", acme.id)
    assert not Project.objects.exists()

    ask("SELECT set_config('nimbus.tenants', %s, false)", acme.id)
    assert Project.objects.exists()
    connection.close()


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_each_piece_of_a_stream_is_made_behind_the_wall(alice, charlie, project):
    def pieces():
        yield f"{Project.objects.count()}"
        yield f"{Project.objects.count()}"

    def read(user):
        response = middleware.walled(lambda _: StreamingHttpResponse(pieces()))(request_of(user))
        return b"".join(response.streaming_content)

    assert read(alice) == b"11"
    assert read(charlie) == b"00"
    assert read(AnonymousUser()) == b"00"


async def test_async_stream_is_made_behind_the_wall(monkeypatch):
    async def pieces():
        yield str(walls.wanted().person)
        yield str(walls.wanted().person)

    async def view(_):
        return StreamingHttpResponse(pieces())

    user = type("User", (), {"id": "user_1", "is_authenticated": True, "is_active": True, "is_staff": False})
    response = await middleware.walled(view)(request_of(user))

    assert [piece async for piece in response.streaming_content] == [b"user_1", b"user_1"]
    assert walls.CALLER.get() is None


def test_member_who_is_removed_hears_no_more_of_a_stream(acme, alice, bob, project):
    def pieces():
        while True:
            yield f"{Project.objects.count()}"

    response = middleware.walled(lambda _: StreamingHttpResponse(pieces()))(request_of(bob))
    heard = iter(response.streaming_content)
    assert next(heard) == b"1"

    members.remove(Membership.objects.get(user=bob), alice)

    assert next(heard) == b"0"


def test_staff_look_over_the_wall_in_the_admin_alone(alice, foreign_project):
    alice.is_staff = True
    admin = request_of(alice)
    admin.path = "/admin/projects/project/"
    with walls.asked_by(walls.Visitor(admin)):
        assert Project.objects.filter(id=foreign_project.id).exists()
    with walls.asked_by(walls.Visitor(request_of(alice))):
        assert not Project.objects.filter(id=foreign_project.id).exists()


def test_organization_is_founded_behind_the_wall(charlie):
    with as_app(person=charlie.id):
        made = [organizations.create("Acme", charlie) for _ in range(2)]

        assert Organization.objects.filter(id__in=[one.id for one in made]).count() == 2
    assert len({one.slug for one in made}) == 2


def test_events_are_inserted_where_copy_is_refused(alice, project):
    with as_app(person=alice.id):
        audit.record(project, "project.renamed", actor=alice, target=project, data={"to": 'a"b\\c'})
        with pytest.raises(psycopg.errors.FeatureNotSupported), transaction.atomic():
            ask_by_copy("accounts_auditevent")

    assert chains.verify(project.id) is None
    assert AuditEvent.objects.get(action="project.renamed").data == {"to": 'a"b\\c'}


def test_own_chain_of_a_person_is_written_before_the_sign_in(alice):
    with as_app():
        audit.record(alice, "user.sign_in_failed", target=alice)
        assert not AuditEvent.objects.exists()
    with as_app(person=alice.id):
        assert AuditEvent.objects.filter(chain=alice.id).count() == 1


def test_no_rows_are_written_as_no_statement(django_assert_num_queries):
    with as_app(), django_assert_num_queries(0):
        rows.write(AuditEvent, ("chain",), [])


@pytest.mark.parametrize(
    ("role", "stand_in", "found"),
    [
        ("app", "", []),
        ("app", "nimbus_worker", ["nimbus.W001"]),
        ("worker", "nimbus_worker", []),
        ("worker", "", ["nimbus.E001"]),
        ("owner", "", []),
    ],
)
def test_check_finds_a_login_on_the_wrong_side(monkeypatch, settings, role, stand_in, found):
    monkeypatch.setattr(walls, "STAND_IN", stand_in)
    settings.NIMBUS_ROLE = role

    assert [message.id for message in checks.wall_stands(databases=["default"])] == found
