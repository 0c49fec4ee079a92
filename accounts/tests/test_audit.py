import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import audit, chains, heads, organizations
from accounts.models import AuditChain, AuditEvent, User
from nimbus import artifacts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_other_heads():
    """What other tests signed speaks of chains that were rolled back."""
    artifacts.delete_all("/".join(heads.PLACE) + "/")


@pytest.fixture
def acme():
    return organizations.create("Acme", User.objects.create_user("alice@acme.test", "a-long-password"))


def test_chain_starts_with_the_organization(acme):
    event = AuditEvent.objects.get(chain=acme.id)

    assert (event.seq, event.action, event.organization_id) == (1, "organization.created", acme.id)
    assert chains.verify(acme.id) is None


def test_database_refuses_update_and_delete(acme):
    for change in ("UPDATE accounts_auditevent SET message = 'x'", "DELETE FROM accounts_auditevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_edited_event_is_found(acme):
    audit.record(acme, "api_key.revoked", target="key_1", message="Revoked CI")
    event = AuditEvent.objects.get(chain=acme.id, seq=2)
    fields = {name: getattr(event, name) for name in audit.HASHED}

    def hashed(**changes):
        return audit.hash_fields(event.previous_hash, event.at, fields | changes, event.commitment)

    assert hashed() == event.hash
    assert hashed(actor="nobody") != event.hash
    assert audit.commit(event.salt, "Revoked CD", event.data) != event.commitment


def test_command_finds_every_chain_whole(acme, capsys):
    call_command("verify_audit")

    assert "chains are whole" in capsys.readouterr().out


@pytest.mark.parametrize(
    "harm",
    [
        lambda chain: AuditChain.objects.filter(id=chain).update(seq=7),
        lambda chain: AuditChain.objects.filter(id=chain).update(hash="0" * 64),
        lambda chain: AuditEvent.objects.bulk_create([AuditEvent(
            chain=chain, seq=2, at="2026-01-01T00:00Z", actor="system", action="x.forged",
            previous_hash=AuditEvent.objects.get(chain=chain, seq=1).hash, hash="f" * 64,
        )]),
        lambda chain: AuditEvent.objects.bulk_create([AuditEvent(
            chain=chain, seq=3, at="2026-01-01T00:00Z", actor="system", action="x.forged",
            previous_hash="0" * 64, hash="f" * 64,
        )]),
    ],
    ids=["head counts on", "head has another hash", "forged event", "gap"],
)  # fmt: skip
def test_command_names_the_broken_chain(acme, capsys, harm):
    harm(acme.id)

    with pytest.raises(CommandError, match="1 of"):
        call_command("verify_audit")
    assert f"{acme.id} is broken at event 2" in capsys.readouterr().out
