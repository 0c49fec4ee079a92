"""The steps of ./script/server: services, database, demo, web, worker and beat."""

import argparse
import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import redis

from nimbus import environment as env
from nimbus.services import postgres, processes, valkey
from nimbus.services.paths import ServiceError
from nimbus.services.supervisor import Child, Service, Supervisor

LOCAL = ("127.0.0.1", "localhost", "::1")


def start_services(supervisor: Supervisor, var: Path) -> None:
    if env.text("DATABASE_URL"):
        check_database(supervisor)
    else:
        is_first = not (var / "postgres").exists()
        supervisor.say("Starting PostgreSQL" + (" (the first time takes a few seconds)" if is_first else ""))
        postgres.start(var)
        supervisor.services.append(
            Service("PostgreSQL", lambda: postgres.is_running(var), lambda: postgres.start(var))
        )
        postgres.create_database(var)
    if env.text("REDIS_URL"):
        check_redis(supervisor)
    else:
        supervisor.say("Starting Valkey")
        valkey.start(var)
        supervisor.services.append(Service("Valkey", lambda: valkey.is_up(var), lambda: valkey.start(var)))


def check_database(supervisor: Supervisor) -> None:
    supervisor.say("Using the PostgreSQL of DATABASE_URL")
    try:
        psycopg.connect(
            env.text("DATABASE_OWNER_URL") or env.text("DATABASE_URL"), connect_timeout=10
        ).close()
    except psycopg.Error as error:
        raise ServiceError(f"The PostgreSQL of DATABASE_URL does not answer: {error}".strip()) from None


def check_redis(supervisor: Supervisor) -> None:
    supervisor.say("Using the Redis of REDIS_URL")
    try:
        redis.Redis.from_url(env.text("REDIS_URL"), socket_connect_timeout=10).ping()
    except (redis.RedisError, ValueError) as error:
        raise ServiceError(f"The Redis of REDIS_URL does not answer: {error}") from None


def settings_for(chosen: argparse.Namespace, var: Path) -> dict[str, str]:
    """What each child reads; what the operator set stays."""
    shown = reachable(chosen.host)
    url = f"http://[{shown}]:{chosen.port}" if ":" in shown else f"http://{shown}:{chosen.port}"
    defaults = {"NIMBUS_VAR": str(var), "DEBUG": "1", "SITE_URL": url, "PYTHONUNBUFFERED": "1"}
    if chosen.host not in LOCAL:
        names = {*LOCAL, "[::1]", chosen.host, socket.gethostname(), *own_addresses()}
        defaults["ALLOWED_HOSTS"] = ",".join(sorted(names))
    return defaults | os.environ


def reachable(host: str) -> str:
    """An address that leads to a server listening on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def own_addresses() -> list[str]:
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return []


def prepare(supervisor: Supervisor, environment: dict[str, str]) -> None:
    owner = environment | {"NIMBUS_ROLE": "owner"}
    manage(supervisor, "Bringing the database up to date", ["migrate", "--verbosity", "1"], owner)
    if environment["DEBUG"].lower() not in env.TRUE:
        manage(supervisor, "Collecting static files", ["collectstatic", "--noinput"], environment)


def seed(supervisor: Supervisor, environment: dict[str, str]) -> None:
    """Demo data is for development alone; the command itself refuses to run elsewhere."""
    if environment["DEBUG"].lower() in env.TRUE:
        manage(supervisor, "Seeding the demo organization", ["seed_demo"], environment)


def manage(supervisor: Supervisor, title: str, arguments: list[str], environment: dict[str, str]) -> None:
    if supervisor.is_stopping:
        return
    supervisor.say(title)
    log = supervisor.var / "log" / f"{arguments[0]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(env.ROOT / "manage.py"), *arguments]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, cwd=env.ROOT, stdout=output, stderr=output)
        while process.poll() is None:
            if supervisor.is_stopping:
                process.terminate()
            time.sleep(0.05)
    if process.returncode and not supervisor.is_stopping:
        raise ServiceError(f"manage.py {arguments[0]} failed. The end of {log}:\n{processes.tail(log, 20)}")


def children(chosen: argparse.Namespace, environment: dict[str, str], var: Path) -> list[Child]:
    logs, python = var / "log", sys.executable
    web = [
        python,
        "-m",
        "uvicorn",
        "nimbus.asgi:application",
        "--host",
        chosen.host,
        "--port",
        str(chosen.port),
    ]
    # An open live stream would otherwise keep the server from ever ending.
    web += ["--timeout-graceful-shutdown", "3", "--no-access-log", "--lifespan", "off"]
    celery = [python, "-m", "celery", "-A", "nimbus"]
    worker = [*celery, "worker", "-P", "threads", "-c", "4", "-Q", "default,executor", "--loglevel", "INFO"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(var / "beat" / "schedule")]
    (var / "beat").mkdir(exist_ok=True)
    return [
        Child("web", web, environment | {"NIMBUS_ROLE": "app"}, logs / "web.log"),
        Child("worker", worker, environment | {"NIMBUS_ROLE": "worker"}, logs / "worker.log"),
        Child("beat", beat, environment | {"NIMBUS_ROLE": "app"}, logs / "beat.log"),
    ]


def wait_for_web(supervisor: Supervisor, chosen: argparse.Namespace) -> None:
    web, end = supervisor.children[0], time.monotonic() + 60
    while time.monotonic() < end and not supervisor.is_stopping:
        if answers(chosen.host, chosen.port):
            return
        if web.has_died():
            raise ServiceError(f"The web process ended. The end of {web.log}:\n{processes.tail(web.log, 20)}")
        time.sleep(0.1)
    if not supervisor.is_stopping:
        raise ServiceError(f"The web process does not answer; see {web.log}.")


def answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(reachable(host), port, timeout=10)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
