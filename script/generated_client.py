"""A client made from the description by a public generator, and one journey with it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from fuzz_ground import ROOT, FuzzGround

GENERATOR = ("openapi-python-client", "openapi-python-client==0.29.1", "ruff")
# The generator knows bytes by that name; words stay plain texts.
SETTINGS = "content_type_overrides:\n  application/x-ndjson: application/octet-stream\nliteral_enums: true\n"


def travel(ground: FuzzGround, generator: Path) -> dict[str, Any]:
    """Create, upload, submit, wait, read, report; what the journey says of itself."""
    folder = generate(generator, ground)
    worker = subprocess.Popen(
        [sys.executable, "-c", WAIT_AND_WORK], cwd=ROOT, env=os.environ | {"NIMBUS_ROLE": "worker"}
    )
    try:
        journey = [str(generator.with_name("python")), str(ROOT / "script" / "client_journey.py")]
        order = [str(folder), ground.url, ground.made["key"], ground.made["journey"]]
        done = subprocess.run([*journey, *order], check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    finally:
        worker.terminate()
        worker.wait(30)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def generate(generator: Path, ground: FuzzGround) -> Path:
    folder = ground.ground.folder
    schema, settings = folder / "openapi.json", folder / "generator.yml"
    schema.write_text(json.dumps(ground.schema()))
    settings.write_text(SETTINGS)
    # Its formatter is found beside it. A warning is a part that it could not make.
    subprocess.run(
        [
            str(generator), "generate", "--path", str(schema), "--config", str(settings), "--meta", "none",
            "--output-path", str(folder / "nimbus_client"), "--fail-on-warning",
        ],
        check=True,
        env=os.environ | {"PATH": f"{generator.parent}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return folder


# Pages that come later are found by the next run.
WAIT_AND_WORK = """
import time
import django
django.setup()
from batches import executor
while True:
    executor.run("journey", 4, 30)
    time.sleep(0.3)
"""
