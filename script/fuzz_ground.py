"""The product as it runs, for the fuzzer: its services, a web process, one tenant, and keys."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script" / "benchmarks")]

from executor_ground import Ground

from optimizer.twin import Behaviour, Twin

MAKE = """
import json
from accounts import organizations
from accounts.models import ProviderKey, User
from batches import queue, uploads
from batches.openapi.examples import PAGE_IN
from projects.models import APIKey, Project
owner = User.objects.create_user("fuzz@nimbus.test", "a-long-password")
house = organizations.create("Fuzz", owner)
site = Project.objects.create(organization=house, creator=owner, name="Fuzz", domain="www.example.com")
key, secret = APIKey.objects.issue(house, "Fuzz", scopes=["admin"])
batch = uploads.create_batch(site, tier="meta", by=key)
uploads.accept(batch, [json.dumps(PAGE_IN).encode()], key)
trip = Project.objects.create(organization=house, creator=owner, name="Trip", domain="trip.example.com")
made = {"key": secret, "project": site.id, "journey": trip.id, "batch": batch.id}
used = {"encryption_key_id": "", "ciphertext": b"", "hint": "abcd", "revoked_at": batch.created_at}
provider_key = ProviderKey.objects.create(organization=house, **used)
made["provider_key"] = provider_key.id
made["page"] = batch.runs.get().page_id
for name in ("final", "going", "to_submit", "to_cancel", "to_retry"):
    other = uploads.create_batch(site, tier="meta", by=key)
    uploads.accept(other, [json.dumps(PAGE_IN | {"page_url": f"/{name}"}).encode()], key)
    made[name] = other.id
    if name in ("going", "to_retry"):
        queue.submit(other, key)
    elif name == "final":
        queue.cancel(other, key)
print(json.dumps(made))
"""
# The fuzzer asks more than any client may.
UNBOUND = {"KEY_REQUESTS_PER_MINUTE": "1000000", "ORGANIZATION_REQUESTS_PER_MINUTE": "1000000"}


class FuzzGround:
    """`url` answers, and `made` names a key, a project, a page, an open batch, and others to be changed."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.ground = stack.enter_context(Ground())
            twin = stack.enter_context(Twin(Behaviour()))
            provider = twin.base_url.split("/")[2]
            os.environ |= UNBOUND | {"LOG_LEVEL": "CRITICAL", "NIMBUS_PRIVATE_HOSTS": provider}
            self.made: dict[str, str] = json.loads(self.shell(MAKE).splitlines()[-1])
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            self.serve(port, stack)
            # What goes wrong before this point ends what has been started.
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def serve(self, port: int, stack: ExitStack) -> None:
        command = ["-m", "uvicorn", "nimbus.asgi:application", "--port", str(port), "--lifespan", "off"]
        web = subprocess.Popen(
            [sys.executable, *command, "--log-level", "error"],
            cwd=ROOT,
            env=os.environ | {"NIMBUS_ROLE": "app"},
        )
        stack.callback(web.wait, 30)
        stack.callback(web.terminate)
        self.wait(port)

    def shell(self, code: str) -> str:
        """What a few lines print inside the product."""
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def schema(self) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi+json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def wait(self, port: int) -> None:
        for _ in range(300):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                # The schema is made here for the first time, which takes a while.
                connection.request("GET", "/api/v1/schema")
                connection.getresponse().read()
                return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError("The web process does not answer.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
