"""./script/server: everything that a running Nimbus needs, from one command."""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from django.core.exceptions import ImproperlyConfigured

from nimbus import environment as env
from nimbus.services import postgres, secretfile, startup, valkey
from nimbus.services.paths import ServiceError
from nimbus.services.supervisor import Supervisor

DEMO_EMAIL = "demo@nimbus.test"


def say(text: str) -> None:
    # A closed terminal must not keep the services from being stopped.
    with contextlib.suppress(OSError):
        print(text, flush=True)


def port_number(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no port; write a number from 1 to 65535")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./script/server", description="Run Nimbus on this machine.")
    parser.add_argument("--port", type=port_number, default=8000, help="the web port (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument(
        "--reset", action="store_true", help="throw away the embedded database and files first"
    )
    parser.add_argument("--no-demo", action="store_true", help="start without the demo organization")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    chosen, var = options(arguments), env.var()
    var.mkdir(parents=True, exist_ok=True)
    try:
        with (var / "server.lock").open("a+") as lock:
            if not take(lock):
                return tell_of_the_first(var)
            return run(chosen, var)
    except (ServiceError, ImproperlyConfigured) as error:
        say(f"\n{error}")
        return 1


def take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def tell_of_the_first(var: Path) -> int:
    try:
        first = json.loads((var / "server.json").read_text())
        where = f" at {first['url']} (process {first['pid']})"
    except (OSError, ValueError, KeyError):
        where = "; it is just starting"
    say(f"Nimbus already runs here{where}. Stop it with Ctrl-C in its own window first, or just use it.")
    return 0


def run(chosen: argparse.Namespace, var: Path) -> int:
    began = time.monotonic()
    supervisor = Supervisor(var, say)
    supervisor.listen()
    supervisor.end_leftovers()
    check_port(chosen.host, chosen.port)
    secretfile.ensure(var)
    env.load_secrets()
    if chosen.reset:
        reset(var)
    try:
        startup.start_services(supervisor, var)
        environment = startup.settings_for(chosen, var)
        startup.prepare(supervisor, environment)
        if not supervisor.is_stopping:
            say("Starting web, worker and beat")
            supervisor.children = startup.children(chosen, environment, var)
            supervisor.start()
            # Seeding meanwhile: the three need seconds to load.
            if not chosen.no_demo:
                startup.seed(supervisor, environment)
            startup.wait_for_web(supervisor, chosen)
        if not supervisor.is_stopping:
            welcome(chosen, var, environment, time.monotonic() - began)
        supervisor.watch()
    finally:
        stop(supervisor, var)
    return 0


def check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ServiceError(
            f"Port {port} on {host} cannot be used ({error}). Choose another: "
            f"./script/server --port {port + 1 if port < 65535 else 8000}"
        ) from None


def reset(var: Path) -> None:
    if env.text("DATABASE_URL"):
        raise ServiceError(
            "--reset empties only the embedded database, and DATABASE_URL is set. Nothing was done."
        )
    postgres.stop(var)
    valkey.stop(var)
    for name in ("postgres", "valkey", "artifacts", "beat"):
        shutil.rmtree(var / name, ignore_errors=True)
    say("Removed the old database and files (var/secrets.env stays).")


def welcome(chosen: argparse.Namespace, var: Path, environment: dict[str, str], seconds: float) -> None:
    url = environment["SITE_URL"]
    (var / "server.json").write_text(json.dumps({"url": url, "pid": os.getpid()}))
    engine = (
        "OpenAI" if env.text("OPENAI_API_KEY") else "offline engine (set OPENAI_API_KEY for a real model)"
    )
    say(f"\nNimbus is ready after {seconds:.0f} s\n\n  Open      {url}")
    if not chosen.no_demo:
        say(f"  Sign in   {DEMO_EMAIL}   password  {env.text('NIMBUS_DEMO_PASSWORD')}")
    say(f"  Model     {engine}\n  Logs      {var / 'log'}")
    first = "create an account, make" if chosen.no_demo else "sign in, open"
    say(f"  Try next  {first} a project, and drop a ZIP of a built site on its page\n")
    say("Ctrl-C stops everything.")
    if chosen.host not in startup.LOCAL:
        say(f"Others on your network can reach this development server, since it listens on {chosen.host}.")


def stop(supervisor: Supervisor, var: Path) -> None:
    began = time.monotonic()
    say("\nStopping")
    (var / "server.json").unlink(missing_ok=True)
    supervisor.stop()
    names = {service.name for service in supervisor.services}
    if "Valkey" in names:
        valkey.stop(var)
    if "PostgreSQL" in names:
        postgres.stop(var)
    say(f"Stopped after {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
