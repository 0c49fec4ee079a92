"""Events reach a customer's server signed, at least once, and until it takes them."""

import json
import shutil
import subprocess
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import AuditEvent
from batches import results, reviews, webhooks
from batches.models import Batch, OutboxMail, Suggestion, WebhookDelivery, WebhookEndpoint
from batches.tests import factories
from batches.webhooks import EVENTS, deliveries, endpoints
from nimbus import net
from nimbus.errors import NimbusError
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
# Verifies each message, signs it itself, and counts those that it refuses once they are changed.
NPM_LIBRARY = """
import fs from 'node:fs';
import {Webhook} from 'standardwebhooks';
const {secret, stamp, sent, headers} = JSON.parse(fs.readFileSync(0, 'utf8'));
const webhook = new Webhook(secret);
let refused = 0;
sent.forEach(({body}, number) => {
	webhook.verify(body, headers[number]);
	try {
		webhook.verify(body + ' ', headers[number]);
	} catch {
		refused++;
	}
});
const signed = sent.map(({id, body}) => webhook.sign(id, new Date(stamp * 1000), body));
console.log(JSON.stringify({signed, refused}));
"""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if statuses else 200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(settings, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.statuses = [], []
    server.url = f"http://hook.test:{server.server_port}/in"
    settings.NIMBUS_PRIVATE_HOSTS = [f"hook.test:{server.server_port}"]
    monkeypatch.setattr(net, "lookup", lambda host: ["127.0.0.1"])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(project, alice, receiver):
    made, secret = endpoints.create(project, alice, receiver.url, EVENTS)
    made.secret = secret
    return made


@pytest.fixture
def batch(project):
    return factories.make_batch(project, pages=2, status="processing", submitted_at=timezone.now())


def end(batch):
    batch.runs.update(status="done")
    results.finish_idle()
    batch.refresh_from_db()


def due_again():
    WebhookDelivery.objects.filter(delivered_at=None).exclude(next_attempt_at=None).update(
        next_attempt_at=timezone.now()
    )


def test_end_of_a_batch_arrives_signed(batch, endpoint, receiver):
    end(batch)

    assert webhooks.deliver() == 1
    headers, body = receiver.seen[0]
    # The reference library reads what we wrote.
    event = Webhook(endpoint.secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert event["type"] == "batch.completed"
    assert event["data"]["batch_id"] == batch.id
    assert event["data"]["result"]["completed"] == 2
    assert {"status", "result", "processedAt", "duration", "logs"} <= set(event["data"])
    assert event["data"]["duration"] >= 0
    assert webhooks.deliver() == 0


def test_changed_body_is_not_verified(batch, endpoint, receiver):
    end(batch)
    webhooks.deliver()
    headers, body = receiver.seen[0]

    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body + b" ", {name.lower(): value for name, value in headers.items()})


def test_signature_is_the_reference_librarys_own(endpoint):
    now = timezone.now()
    ours = deliveries.signing.sign(endpoint.secret, "msg_1", int(now.timestamp()), b'{"a":1}')

    assert ours == Webhook(endpoint.secret).sign("msg_1", now, '{"a":1}')


def test_both_reference_libraries_and_ours_agree_to_the_byte(endpoint):
    """Bodies and ids with what could trip an encoder; npm's library both signs and verifies."""
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed; ./script/test installs it."
    bodies = ['{"a":1}', '{"name":"Köln → “Ärzte” 🦷","n":1.50}', "{}", '{"x":"' + "y" * 100_000 + '"}']
    now = timezone.now()
    stamp = int(now.timestamp())
    sent = [{"id": f"msg_{number}", "body": body} for number, body in enumerate(bodies)]
    ours = [
        deliveries.signing.headers([endpoint.secret], one["id"], stamp, one["body"].encode()) for one in sent
    ]
    asked = {"secret": endpoint.secret, "stamp": stamp, "sent": sent, "headers": ours}

    done = subprocess.run(
        [node, "--input-type=module", "--eval", NPM_LIBRARY], cwd=ROOT / "gulp-nimbus",
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip

    signed = [headers["webhook-signature"] for headers in ours]
    assert json.loads(done.stdout) == {"signed": signed, "refused": len(sent)}
    assert signed == [Webhook(endpoint.secret).sign(one["id"], now, one["body"]) for one in sent]


def test_refused_event_comes_again_under_the_same_id(batch, endpoint, receiver):
    receiver.statuses = [500, 302]
    end(batch)

    for _ in range(3):
        webhooks.deliver()
        due_again()

    delivery = WebhookDelivery.objects.get()
    assert [attempt["status"] for attempt in delivery.attempts] == [500, 302, 200]
    assert delivery.delivered_at
    assert len({headers["webhook-id"] for headers, _ in receiver.seen}) == 1


def test_waits_grow_over_three_days(batch, endpoint, receiver, monkeypatch):
    monkeypatch.setattr(deliveries.random, "uniform", lambda low, high: 1.0)
    receiver.statuses = [500] * 20
    end(batch)
    waits = []
    for _ in range(deliveries.TRIES):
        before = timezone.now()
        webhooks.deliver()
        delivery = WebhookDelivery.objects.get()
        if delivery.next_attempt_at:
            waits.append(round((delivery.next_attempt_at - before).total_seconds()))
        due_again()

    assert waits == list(deliveries.DELAYS_S)
    assert timedelta(days=2.9) < timedelta(seconds=sum(waits)) < timedelta(days=3.1)
    assert len(receiver.seen) == 10


def test_endpoint_that_takes_nothing_is_switched_off_with_a_mail(batch, endpoint, receiver, alice):
    receiver.statuses = [500] * 10
    end(batch)
    OutboxMail.objects.all().delete()
    for _ in range(deliveries.TRIES):
        webhooks.deliver()
        due_again()

    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "failing"
    assert OutboxMail.objects.get(kind="webhook_disabled").to == alice.email
    assert AuditEvent.objects.filter(action="webhook.disabled", target=endpoint.id).count() == 1
    end(factories.make_batch(batch.project, pages=1, status="processing"))
    assert WebhookDelivery.objects.count() == 1


def test_410_switches_an_endpoint_off_at_once_with_a_mail(batch, endpoint, receiver, alice):
    receiver.statuses = [410]
    end(batch)
    webhooks.deliver()
    due_again()
    webhooks.deliver()

    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "gone"
    assert len(receiver.seen) == 1
    assert OutboxMail.objects.get(kind="webhook_disabled").to == alice.email


def test_what_waited_goes_on_once_the_endpoint_is_enabled(batch, endpoint, receiver, alice):
    end(batch)
    endpoints.disable(endpoint, "by_hand", alice)
    assert webhooks.deliver() == 0

    endpoints.enable(endpoint, alice)
    assert webhooks.deliver() == 1


def test_old_secret_signs_beside_the_new_one_for_a_day(batch, endpoint, receiver, alice, monkeypatch):
    new = endpoints.rotate(endpoint, alice)
    end(batch)
    webhooks.deliver()

    headers, body = receiver.seen[0]
    for secret in (new, endpoint.secret):
        Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    endpoint.refresh_from_db()
    assert endpoints.secrets_of(endpoint) == [new]


def test_replay_sends_the_same_message_once_more(batch, endpoint, receiver, alice):
    end(batch)
    webhooks.deliver()
    endpoints.replay(WebhookDelivery.objects.get(), alice)
    webhooks.deliver()

    assert receiver.seen[0][1] == receiver.seen[1][1]
    assert receiver.seen[0][0]["webhook-id"] == receiver.seen[1][0]["webhook-id"]


def test_callback_url_gets_the_end_of_its_own_batch_only(project, alice, receiver, api):
    answer = api.send(f"projects/{project.id}/batches", {"callback_url": receiver.url})
    again = api.send(f"projects/{project.id}/batches", {"callback_url": receiver.url})
    assert (answer.status_code, again.status_code) == (201, 201)
    batch = Batch.objects.get(id=answer.json()["batch_id"])
    factories.make_run(batch, "/a")
    Batch.objects.filter(id=batch.id).update(status="processing")
    end(factories.make_batch(project, pages=1, status="processing"))
    end(batch)

    webhooks.deliver()
    assert [json.loads(body)["data"]["batch_id"] for _, body in receiver.seen] == [batch.id]
    assert WebhookEndpoint.objects.get().is_callback


def test_batch_that_fails_says_so(batch, endpoint, receiver):
    batch.runs.update(status="failed", error_code="provider_error")
    results.finish_idle()
    webhooks.deliver()

    assert json.loads(receiver.seen[0][1])["type"] == "batch.failed"


def test_last_decision_completes_the_review(batch, endpoint, receiver, alice):
    made = [
        Suggestion.objects.create(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, kind="head",
            target="title", original="Old", text="New", level="pass",
        )
        for run in batch.runs.all()
    ]  # fmt: skip
    end(batch)
    WebhookDelivery.objects.all().delete()

    reviews.approve(made[0], by=alice)
    assert not WebhookDelivery.objects.exists()
    reviews.reject(made[1], by=alice)
    assert WebhookDelivery.objects.get().event == "review.completed"


def test_other_projects_events_go_elsewhere(batch, foreign_project, charlie, receiver):
    endpoints.create(foreign_project, charlie, receiver.url, EVENTS)
    end(batch)

    assert not WebhookDelivery.objects.exists()


def test_private_address_is_refused(project, alice):
    with pytest.raises(NimbusError, match="public Internet"):
        endpoints.create(project, alice, "https://127.0.0.1/", EVENTS)


def test_address_that_turned_private_is_not_called(batch, endpoint, receiver, settings):
    settings.NIMBUS_PRIVATE_HOSTS = []
    WebhookEndpoint.objects.update(url="https://hook.test/in")
    end(batch)
    webhooks.deliver()

    assert receiver.seen == []
    assert "public Internet" in WebhookDelivery.objects.get().attempts[0]["error"]


def test_two_workers_never_send_the_same_delivery(batch, endpoint, receiver):
    end(batch)

    first, second = deliveries.take(10), deliveries.take(10)

    assert (len(first), second) == (1, [])


def test_manager_makes_an_endpoint_and_sees_its_secret_once(client, project, alice, receiver):
    sign_in(client, alice)
    url = f"/projects/{project.id}/webhooks"

    made = client.post(url, {"url": receiver.url, "events": ["batch.completed"]})
    assert made.status_code == 200
    assert "whsec_" in made.content.decode()
    assert "whsec_" not in client.get(url).content.decode()

    refused = client.post(url, {"url": "https://10.0.0.1/", "events": []})
    assert refused.status_code == 422


@pytest.mark.parametrize("path", ["", "/{}/rotate"])
def test_secret_waits_for_a_fresh_proof(client, project, alice, endpoint, path):
    client.force_login(alice)

    asked = client.post(
        f"/projects/{project.id}/webhooks{path.format(endpoint.id)}",
        {"url": endpoint.url, "events": ["batch.completed"]},
    )

    assert asked.url.startswith("/account/reauthenticate/")
    [known] = WebhookEndpoint.objects.all()
    assert bytes(known.secret_ciphertext) == bytes(endpoint.secret_ciphertext)


def test_editor_may_look_but_not_touch(client, project, bob, endpoint):
    sign_in(client, bob)

    assert client.get(f"/projects/{project.id}/webhooks").status_code == 200
    for path in ("", f"/{endpoint.id}/rotate", f"/{endpoint.id}/delete", f"/{endpoint.id}/disable"):
        assert client.post(f"/projects/{project.id}/webhooks{path}").status_code == 403


def test_delivery_and_its_attempts_are_shown_and_replayed(client, project, alice, batch, endpoint, receiver):
    client.force_login(alice)
    receiver.statuses = [503]
    end(batch)
    webhooks.deliver()
    delivery = WebhookDelivery.objects.get()

    page = client.get(f"/projects/{project.id}/webhooks").content.decode()
    assert "503 in" in page
    client.post(f"/projects/{project.id}/webhooks/messages/{delivery.message_id}/replay")
    assert webhooks.deliver() == 1
    client.post(f"/projects/{project.id}/webhooks/{endpoint.id}/delete")
    assert not WebhookDelivery.objects.exists()
