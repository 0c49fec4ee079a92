"""Run the twin from a command line until it is interrupted."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from optimizer.twin.answers import load_canned
from optimizer.twin.behaviour import KEY_STATES, LATENCIES, LIMITS, Behaviour
from optimizer.twin.server import Twin

CHOICES = {"key_state": KEY_STATES, "latency_kind": LATENCIES, "limits": LIMITS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--canned", type=Path, help='answers from lines of {"label": …, "text": …} instead of rules'
    )
    usual = Behaviour()
    for field in fields(Behaviour):
        default = getattr(usual, field.name)
        kind: type = float if isinstance(default, float) or field.type == "float" else type(default)
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=kind, default=default, choices=CHOICES.get(field.name)
        )


def run(options: Mapping[str, Any]) -> None:
    """Serve; the one line on standard output is the base URL."""
    behaviour = Behaviour(**{field.name: options[field.name] for field in fields(Behaviour)})
    canned = load_canned(options["canned"].read_bytes().splitlines()) if options["canned"] else None
    asyncio.run(_serve(Twin(behaviour, canned, options["port"])))


async def _serve(twin: Twin) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with twin:
        print(twin.base_url, flush=True)
        await stop.wait()
