import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit, organizations
from accounts.models import AuditEvent, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return organizations.create("Acme", User.objects.create_user("alice@acme.test", "a-long-password"))


def test_chain_starts_with_the_organization(acme):
    event = AuditEvent.objects.get(chain=acme.id)

    assert (event.seq, event.action, event.organization_id) == (1, "organization.created", acme.id)
    assert audit.verify(acme.id) is None


def test_database_refuses_update_and_delete(acme):
    for change in ("UPDATE accounts_auditevent SET message = 'x'", "DELETE FROM accounts_auditevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_edited_event_is_found(acme):
    audit.record(acme, "api_key.revoked", target="key_1", data={"name": "CI"})
    event = AuditEvent.objects.get(chain=acme.id, seq=2)
    event.message = "nothing happened"

    assert audit.hash_of(event) != event.hash
