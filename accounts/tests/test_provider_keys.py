import http.server
import threading

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts import provider_keys
from accounts.models import AuditEvent, ProviderKey
from batches import engines, providers, uploads
from batches.names import GuardedResolver
from nimbus import net
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
SECRET = "sk-planted-0123456789"


@pytest.fixture
def provider(settings):
    """A server that takes one key."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            good = self.path == "/v1/models" and self.headers["Authorization"] == f"Bearer {SECRET}"
            self.send_response(200 if good else 401)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.NIMBUS_PRIVATE_HOSTS = [f"127.0.0.1:{server.server_port}"]
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def address(acme):
    return f"/you/organizations/{acme.id}/provider-keys"


def test_key_that_works_is_kept_encrypted_and_never_shown(client, alice, acme, provider, address):
    answer = sign_in(client, alice).post(address, {"secret": SECRET, "base_url": provider}, follow=True)

    key = acme.provider_keys.get()
    assert SECRET.encode() not in bytes(key.ciphertext)
    assert SECRET not in answer.text
    assert "…6789" in answer.text
    assert SECRET not in str(list(AuditEvent.objects.values()))
    assert AuditEvent.objects.filter(action="provider_key.added").count() == 1


def test_key_that_the_provider_refuses_is_not_kept(client, alice, acme, provider, address):
    answer = sign_in(client, alice).post(address, {"secret": "sk-other", "base_url": provider})

    assert answer.status_code == 422
    assert "does not take this key" in answer.text
    assert "sk-other" not in answer.text
    assert not acme.provider_keys.exists()


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/v1", "https://10.0.0.1/v1", "ftp://x.test", "https://localhost"]
)
def test_address_inside_is_refused(client, alice, acme, address, url):
    answer = sign_in(client, alice).post(address, {"secret": SECRET, "base_url": url})

    assert answer.status_code == 422
    assert not acme.provider_keys.exists()


def test_secret_waits_in_no_session(client, alice, acme, address):
    client.force_login(alice)
    answer = client.post(address, {"secret": SECRET})

    assert answer.url.startswith("/account/reauthenticate/")
    assert SECRET not in str(dict(client.session))


def test_editor_sees_no_provider_keys(client, bob, address):
    assert sign_in(client, bob).get(address).status_code == 403


def test_key_is_used_for_the_batches_of_its_organization_alone(acme, alice, project, foreign_project):
    provider_keys.add(acme, alice, SECRET, "https://llm.acme.test/v1")
    mine = uploads.create_batch(project, tier="meta", by=alice)
    other = uploads.create_batch(foreign_project, tier="meta", by=alice)

    choice = providers.choose(mine)
    assert (choice.api_key, choice.base_url) == (SECRET, "https://llm.acme.test/v1")
    assert SECRET not in repr(choice)
    assert isinstance(engines.make(choice)._resolver, GuardedResolver)
    assert not providers.choose(other).is_paid


def test_revoked_key_is_used_no_more_and_its_secret_is_gone(acme, alice, project):
    key = provider_keys.add(acme, alice, SECRET)
    batch = uploads.create_batch(project, tier="meta", by=alice)

    provider_keys.revoke(key, alice)

    assert not providers.choose(batch).is_paid
    assert bytes(ProviderKey.objects.get().ciphertext) == b""


def test_new_key_takes_the_place_of_the_old_one(acme, alice):
    provider_keys.add(acme, alice, SECRET)
    provider_keys.add(acme, alice, "sk-second")

    assert acme.provider_keys.filter(revoked_at=None).get().hint == "cond"


async def test_name_that_leads_inside_at_the_time_of_the_call_is_refused(monkeypatch):
    monkeypatch.setattr(net, "lookup", lambda host: ["93.184.216.34"])
    assert (await GuardedResolver().resolve("llm.acme.test", 443))[0]["host"] == "93.184.216.34"

    monkeypatch.setattr(net, "lookup", lambda host: ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(OSError, match="not on the public Internet"):
        await GuardedResolver().resolve("llm.acme.test", 443)


def test_secrets_outlive_the_key_that_encrypted_them(acme, alice, settings, capsys):
    key = provider_keys.add(acme, alice, SECRET)
    old, new = settings.NIMBUS_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()

    settings.NIMBUS_ENCRYPTION_KEYS = [new, old]
    call_command("rotate_secrets")
    settings.NIMBUS_ENCRYPTION_KEYS = [new]

    key.refresh_from_db()
    assert provider_keys.secrets.decrypt(bytes(key.ciphertext)) == SECRET
    assert key.encryption_key_id == provider_keys.secrets.key_id()


def test_sessions_outlive_the_key_that_encrypted_them(client, alice, settings):
    sign_in(client, alice)
    old, new = settings.NIMBUS_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()

    settings.NIMBUS_ENCRYPTION_KEYS = [new, old]
    call_command("rotate_secrets")
    settings.NIMBUS_ENCRYPTION_KEYS = [new]
    assert client.get("/").status_code == 200

    settings.NIMBUS_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert client.get("/").url.startswith("/account/login/")


def test_secret_that_no_key_reads_is_told(acme, alice, settings):
    provider_keys.add(acme, alice, SECRET)
    settings.NIMBUS_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="1 secrets can't be read"):
        call_command("rotate_secrets")


def test_provider_key_over_the_api(api_as, project, acme, provider):
    whole = api_as(project, whole=True, scopes=["admin"])
    made = whole.send("provider-keys", {"secret": SECRET, "base_url": provider})
    assert made.status_code == 201
    assert SECRET not in made.text + whole.read("provider-keys").text

    assert whole.send(f"provider-keys/{made.json()['id']}", method="delete").status_code == 204
    assert not acme.provider_keys.filter(revoked_at=None).exists()


def test_key_of_one_project_is_not_enough(api_as, project):
    assert api_as(project, scopes=["admin"]).read("provider-keys").json()["code"] == "scope_missing"
