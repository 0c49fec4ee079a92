"""Every audit event is of a known kind, tells no secret, and its text can go without breaking the chain."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import audit, chains, events, heads
from accounts.models import AuditEvent

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
ACTION = re.compile(r"[a-z_]+\.[a-z_]+\Z")
NOUNS = {action.partition(".")[0] for action in events.KINDS}
# Words with a dot that are names of something else.
NO_EVENTS = re.compile(
    r".*\.(zip|html|js|json|txt|test|project|batch|page|organization|pagerun|apikey|user)\Z"
)


def written():
    """Every action that the code names, in the places that write events."""
    for app in ("accounts", "projects", "batches"):
        for path in (ROOT / app).rglob("*.py"):
            if "tests" in path.parts or "migrations" in path.parts or path.name == "events.py":
                continue
            if "audit" not in path.read_text():
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and is_action(node.value):
                    yield node.value


def is_action(value):
    if not isinstance(value, str) or not ACTION.match(value) or NO_EVENTS.match(value):
        return False
    return value.partition(".")[0] in NOUNS


def test_every_event_is_of_a_known_kind():
    found = set(written())

    assert found - set(events.KINDS) == set()
    assert len(found) > 50
    assert len(events.KINDS) >= 50


def test_secrets_and_addresses_are_not_told(acme, alice):
    planted = ["nmb_live_" + "a" * 39, "sk-proj-0123456789abc", "whsec_" + "b" * 32, "dora@new.test"]
    audit.record(acme, "batch.created", message=" ".join(planted), data={"said": {"deep": planted}})

    event = AuditEvent.objects.get(action="batch.created")
    assert not [word for word in planted if word in event.message + str(event.data)]
    assert chains.verify(acme.id) is None


def test_only_the_fields_of_its_kind_are_told(acme):
    audit.record(acme, "member.left", data={"role": "admin", "name": "Dora"})

    assert AuditEvent.objects.get(action="member.left").data == {"role": "admin"}


def test_erased_text_leaves_the_chain_whole(acme):
    audit.record(acme, "batch.created", message="Planted words", data={"tier": "planted"})

    chains.erase(acme, "test")

    event = AuditEvent.objects.get(action="batch.created")
    assert (event.message, event.data, event.salt) == ("", {}, "")
    assert chains.verify(acme.id) is None


def test_text_that_goes_without_a_word_is_found(acme):
    audit.record(acme, "batch.created", message="Planted words")
    AuditEvent.objects.filter(action="batch.created").update(message="", data={}, salt="")

    assert chains.verify(acme.id) == AuditEvent.objects.get(action="batch.created").seq


@pytest.mark.parametrize(
    "change",
    ["message = 'other'", "message = '', data = '{}', salt = '', actor = 'x'", "salt = ''", "hash = ''"],
)
def test_database_takes_no_other_change(acme, change):
    audit.record(acme, "batch.created", message="Planted words")

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE accounts_auditevent SET {change} WHERE action = 'batch.created'")


@pytest.fixture
def cut(acme, settings, tmp_path):
    """A head was signed; afterwards, the last event of the chain never happened."""
    settings.NIMBUS_ARTIFACTS = tmp_path
    with transaction.atomic():
        audit.record(acme, "member.left", data={"role": "admin"})
        heads.write()
        assert heads.broken() == []
        transaction.set_rollback(True)


def test_tail_that_was_cut_is_found_by_the_signed_head_alone(acme, cut):
    assert chains.verify(acme.id) is None

    assert f"{acme.id} had another event 2" in heads.broken()[0]
    with pytest.raises(CommandError, match="signed heads"):
        call_command("verify_audit")


def test_history_made_anew_is_found_by_the_signed_head(acme, cut):
    audit.record(acme, "member.joined", data={"role": "owner"})

    assert chains.verify(acme.id) is None
    assert f"{acme.id} had another event 2" in heads.broken()[0]


def test_head_that_nobody_signed_is_found(acme, settings, tmp_path):
    settings.NIMBUS_ARTIFACTS = tmp_path
    heads.write()
    settings.NIMBUS_AUDIT_KEY = "somebody else's"

    assert "is not what was signed" in heads.broken()[0]


def test_benchmark_leaves_nothing_behind(capsys):
    call_command("verify_audit", "--benchmark", "2500")

    assert "2500 events written" in capsys.readouterr().out
    assert not AuditEvent.objects.filter(chain="proj_benchmark").exists()
