"""Asks a running product whatever its OpenAPI description allows, and what it does not (schemathesis).

The tool lives in an environment of its own under var/audit. The last line is one JSON object; the exit code
is 1 where an answer breaks the description. `--quick` looks at what is right only, and at the edges of it.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from environments import installed, skipped
from fuzz_ground import ROOT, FuzzGround
from generated_client import GENERATOR, travel

VERSION = "schemathesis==4.32.5"
NO_TOOLS = "!! The fuzzer could not be installed: the API is NOT held against its description. !!"
QUICK = ("--phases", "examples,coverage", "--mode", "positive")
SETTINGS = """
hooks = "{hooks}"
request-timeout = 70
[parameters]
project_id = "{project}"
batch_id = "{batch}"
page_id = "{page}"
key_id = "{provider_key}"
# Held answers would hold up the fuzzer.
"query.wait" = 0
"header.Prefer" = "wait=0"

# What is longer than a text may be can be longer than a body may be.
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "5xx"]

# JSON Schema can't say what a text means, so these refuse some that fit: another site's domain, a host on a
# private network, a cursor nobody gave, a brief whose shortest text is longer than its longest.
[[operations]]
include-operation-id = [
    "project_create", "provider_key_add", "batch_create", "brief_write", "project_results", "batch_submit",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]

# JSON holds no U+0000 and no number over 64 bits, also where it is dropped; lines are not blank.
[[operations]]
include-operation-id = ["page_optimize", "batch_upload"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422"]

# Whatever is sent is text, and of that each line is refused by itself.
[[operations]]
include-operation-id = "batch_upload"
[operations.checks.negative_data_rejection]
enabled = false

# Events of a batch that goes on have no end, and what one operation ends another can't change.
[[operations]]
include-operation-id = "batch_events"
parameters = {{ batch_id = "{final}" }}
[[operations]]
include-operation-id = "batch_submit"
parameters = {{ batch_id = "{to_submit}" }}
[[operations]]
include-operation-id = "batch_cancel"
parameters = {{ batch_id = "{to_cancel}" }}
[[operations]]
include-operation-id = "batch_retry"
parameters = {{ batch_id = "{to_retry}" }}
[[operations]]
include-operation-id = ["batch_pause", "batch_resume", "batch_priority"]
parameters = {{ batch_id = "{going}" }}
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/schemathesis", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cases, for every test run")
    parser.add_argument("--examples", type=int, default=25, help="most examples an operation")
    parser.add_argument("--seed", type=int, help="what is made up (random)")
    parser.add_argument("rest", nargs="*", help="further arguments of schemathesis, after --")
    chosen = parser.parse_args()
    began = time.monotonic()
    try:
        tool, generator = installed("schemathesis", VERSION), installed(*GENERATOR)
    except subprocess.CalledProcessError:
        code = skipped(NO_TOOLS)
        return code if chosen.quick else 1
    with FuzzGround() as ground:
        journey = travel(ground, generator)
        figures, code = fuzz(tool, ground, chosen)
    print(json.dumps(figures | {"journey": journey} | {"seconds": round(time.monotonic() - began, 1)}))
    return code


def fuzz(tool: Path, ground: FuzzGround, chosen: argparse.Namespace) -> tuple[dict[str, Any], int]:
    folder = ground.ground.folder
    settings, report = folder / "schemathesis.toml", folder / "report.json"
    settings.write_text(SETTINGS.format(hooks=ROOT / "script" / "fuzz_hooks.py", **ground.made))
    command = [
        str(tool), "--config-file", str(settings), "run", f"{ground.url}/api/v1/schema",
        "--header", f"Authorization: Bearer {ground.made['key']}", "--continue-on-failure", "--no-color",
        "--workers", "4",
        "--max-examples", str(chosen.examples), *(QUICK if chosen.quick else ()),
        *(["--seed", str(chosen.seed)] if chosen.seed is not None else ["--generation-deterministic"]),
        "--report", "json", "--report-json-path", str(report), *chosen.rest,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder)
    found = json.loads(report.read_text())
    figures = {
        "operations": found["operations"]["tested"],
        "cases": found["test_cases"]["generated"],
        "failures": sum(failure["count"] for failure in found["failures"]) + len(found["errors"]),
        "server_errors": sum(f["count"] for f in found["failures"] if f["type"] == "ServerError"),
    }
    return figures, done.returncode


if __name__ == "__main__":
    sys.exit(main())
