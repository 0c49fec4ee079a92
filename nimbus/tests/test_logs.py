"""An entry says whom it is about, and what comes from outside neither forges entries nor puts secrets in."""

import json
import logging
import os
import subprocess
import sys

import pytest
from django.http import HttpRequest

from batches.tests.factories import make_batch
from nimbus import logs

FORGED = "x\n2026-01-01 CRITICAL root All is deleted\r\x1b[2J\u2028\ud800"
SECRETS = {
    "nmb_live_" + "a1" * 20: "a1a1a1",
    "sk-proj-Abc_123-xyz987": "Abc_123",
    "Authorization: bearer abc.def-ghi": "abc.def",
    "postgresql://nimbus_app:s3cr3t@db/nimbus": "s3cr3t",
    "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "MfKQ9r8G",
}
PLAIN = logs.OneLine("{levelname} {name} {message}", style="{")
JSON = logs.OneObject()


def record(message, *values, error=None, **extra):
    found = logging.LogRecord(
        "nimbus.test", logging.WARNING, "", 0, message, values, (type(error), error, None) if error else None
    )
    vars(found).update(extra)
    return found


@pytest.fixture(autouse=True)
def nobody_asks():
    token = logs.REQUEST.set(None)
    yield
    logs.REQUEST.reset(token)


@pytest.mark.parametrize("formatter", [PLAIN, JSON])
def test_foreign_words_make_no_entry_of_their_own(formatter):
    entry = formatter.format(record("No such page: %s", FORGED, error=ValueError(FORGED)))

    assert not [line for line in entry.splitlines()[1:] if not line.startswith("    ")]
    assert "\x1b" not in entry
    entry.encode()


@pytest.mark.parametrize("formatter", [PLAIN, JSON])
@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_stay_out(formatter, secret):
    entry = formatter.format(record("Given: %s", secret, error=ValueError(secret), note=secret))

    assert SECRETS[secret] not in entry
    assert entry.count("…") + entry.count("\\u2026") >= 3


def test_an_entry_of_json_says_whom_it_is_about():
    with logs.about(batch_id="batch_1", organization_id="org_1"):
        entry = json.loads(JSON.format(record("Done with %s", "it", status=200, request=HttpRequest())))

    assert entry["message"] == "Done with it"
    assert (entry["batch_id"], entry["organization_id"], entry["status"]) == ("batch_1", "org_1", 200)
    assert (entry["level"], entry["logger"], entry["at"][-6:]) == ("WARNING", "nimbus.test", "+00:00")
    assert "request" not in entry
    assert "batch_id" not in json.loads(JSON.format(record("Later")))


@pytest.mark.django_db
def test_a_request_is_one_entry_with_its_key_and_batch(api_as, project, caplog):
    batch = make_batch(project)
    caplog.handler.setFormatter(JSON)

    with caplog.at_level(logging.INFO, "nimbus.requests"):
        answer = api_as(project).read(f"batches/{batch.id}?token=hidden")

    entry = json.loads(caplog.text.splitlines()[-1])
    assert entry["message"] == "GET /api/v1/batches/<batch_id:batch_id>"
    assert entry["request_id"] == answer["X-Request-Id"]
    assert (entry["batch_id"], entry["organization_id"]) == (batch.id, project.organization_id)
    assert entry["status"] == 200
    assert entry["duration_ms"] > 0


@pytest.mark.django_db
def test_a_link_from_a_mail_is_not_logged(client, caplog):
    with caplog.at_level(logging.INFO, "nimbus"):
        client.get("/you/invitations/" + "secret" * 8)
        missing = client.get("/you/invitation/" + "secret" * 8)

    assert missing.status_code == 404
    assert "secretsecret" not in caplog.text
    assert "GET /you/invitations/<str:token>" in caplog.text
    # Django's own entry.
    assert "Not Found: unknown" in caplog.text


def test_probes_are_not_logged(client, caplog):
    with caplog.at_level(logging.INFO, "nimbus.requests"):
        client.get("/healthz")

    assert caplog.text == ""


def test_celery_and_uvicorn_log_as_we_do(test_run):
    """In a process of its own, since what a logger has is the whole process's."""
    code = """
import logging, uvicorn
uvicorn.Config("x")
from nimbus.celery import app
import django
django.setup()
app.log.setup("INFO")
for name in ("uvicorn.error", "celery.worker", "django.request"):
    logging.getLogger(name).warning("a\\nb")
"""
    environment = os.environ | test_run.environment() | {"LOG_FORMAT": "json"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)

    found = [json.loads(line)["logger"] for line in done.stderr.splitlines()]
    assert found == ["uvicorn.error", "celery.worker", "django.request"], done


def test_an_unknown_format_stops_the_start(test_run):
    done = subprocess.run(
        [sys.executable, "-c", "import nimbus.settings"],
        capture_output=True, text=True, env=os.environ | test_run.environment() | {"LOG_FORMAT": "xml"},
    )  # fmt: skip

    assert "LOG_FORMAT is 'xml'; write plain or json." in done.stderr
