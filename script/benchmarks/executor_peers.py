"""Other ways to send the same requests, in the same run: each in a process of its own, nothing stored.

Packages that are no part of the product are installed into environments of their own under var/peers.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import executor_parts as parts
from executor_ground import ROOT, Ground
from product import twin

HERE = Path(__file__).parent
WINDOW, PREFORK = 200, 16
INSTALL_S, MOST_S = 240, 120
OLDER = ("python3.12", "python3.11", "python3.10")


def peers(ground: Ground, sizes: parts.Sizes) -> dict[str, Any]:
    ours = parts.measure(ground, sizes.peers, WINDOW)
    # Packages take minutes to install, and pools seconds to start and stop: all that is for the long run.
    is_long = sizes is not parts.QUICK
    pages_s = sizes.peers / ours["wall_s"]
    found: dict[str, Any] = {"nimbus_200": {"pages_s": round(pages_s, 1), "in_flight": WINDOW}}
    for name, in_flight, start in (
        ("celery_prefork", PREFORK, celery("prefork") if is_long else left_out),
        ("celery_threads", WINDOW, celery("threads")),
        ("cookbook", WINDOW, script(sys.executable, "peer_cookbook.py")),
        ("litellm", WINDOW, package("litellm>=1", "peer_litellm.py") if is_long else left_out),
        (
            "bespokelabs_curator",
            WINDOW,
            package("bespokelabs-curator>=0.1.20", "peer_curator.py") if is_long else left_out,
        ),
    ):
        # A pool of processes is given as many pages as it ends in about the same time.
        count = sizes.peers * in_flight // WINDOW
        with twin(*parts.canned(ground), *parts.latency(1.0)) as url:
            report: dict[str, Any] = start(url, count)
        if "wall_s" in report:
            report["pages_s"] = round(count / report["wall_s"], 1)
            report |= {"in_flight": in_flight, "efficiency": round(report["pages_s"] / in_flight, 3)}
        found[name] = report
        print(f"{name}: {json.dumps(report)}", flush=True)
    behind = [p["pages_s"] < pages_s for p in found.values() if "efficiency" in p]
    return {"peers": found, "ahead_of_peers": all(behind)}


def left_out(*_: object) -> dict[str, Any]:
    return {"skipped": "only without --quick"}


def script(python: str, name: str) -> Any:
    def start(url: str, count: int) -> dict[str, Any]:
        command = [python, str(HERE / name), url, str(count), str(WINDOW)]
        try:
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=MOST_S)
        except subprocess.TimeoutExpired:
            return {"skipped": f"not done in {MOST_S} s"}
        if done.returncode:
            return {"skipped": done.stderr.strip().splitlines()[-1:]}
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return report

    return start


def package(requirement: str, file: str) -> Any:
    """A peer from PyPI; where it does not install, the report says so."""

    def start(url: str, count: int) -> dict[str, Any]:
        folder = ROOT / "var" / "peers" / requirement.partition(">")[0]
        python = folder / "bin" / "python"
        if not (folder / "installed").exists() and (trouble := install(folder, requirement)):
            return {"skipped": trouble}
        report: dict[str, Any] = script(str(python), file)(url, count)
        return report

    return start


def install(folder: Path, requirement: str) -> str:
    """Try our own Python, then older ones, since some peers pin what newer ones lack; what went wrong."""
    trouble = ""
    for python in filter(None, [sys.executable, *map(shutil.which, OLDER)]):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([python, "-m", "venv", str(folder)], check=True, capture_output=True, timeout=60)
            # Where a part of it would have to be built first, it does not install.
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--only-binary", ":all:"]
            subprocess.run([*pip, requirement], check=True, capture_output=True, timeout=INSTALL_S)
        except (subprocess.SubprocessError, OSError) as error:
            trouble = f"it did not install: {type(error).__name__}"
        else:
            (folder / "installed").touch()
            return ""
    return trouble


def celery(pool: str) -> Any:
    def start(url: str, count: int) -> dict[str, Any]:
        size = PREFORK if pool == "prefork" else WINDOW
        environment = os.environ | {"OPENAI_BASE_URL": url, "PYTHONPATH": str(HERE), "C_FORCE_ROOT": "1"}
        # With it Celery would load the product.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-m", "celery", "-A", "peer_celery", "worker", "-P", pool]
        command += ["-c", str(size), "-Q", "peer", "--loglevel", "ERROR", "--without-gossip"]
        worker = subprocess.Popen(
            command, cwd=HERE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            send = [sys.executable, str(HERE / "peer_celery.py"), str(count)]
            done = subprocess.run(
                send, cwd=HERE, env=environment, capture_output=True, text=True, timeout=MOST_S
            )
        except subprocess.TimeoutExpired:
            return {"skipped": f"not done in {MOST_S} s"}
        finally:
            worker.terminate()
            worker.wait(30)
            time.sleep(0.5)
        if done.returncode:
            return {"skipped": done.stderr.strip().splitlines()[-1:]}
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return report

    return start
