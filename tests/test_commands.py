"""Every command that README and docs tell people to type runs in a test, or stands here with why not.

The lines of docs/plugin.md, one after the other, are in test_client_docs.
"""

import ast
import contextlib
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from nimbus.services import postgres

ROOT = Path(__file__).resolve().parent.parent
# Decisions tell of the past.
TEXTS = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "spec/README.md",
    ROOT / "gulp-nimbus/README.md",
    *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name != "decisions.md"),
]
PROGRAMS = (
    r"\./script/\w|(?:\S+/)?manage\.py \w|deploy/(?:backup|restore|run|postgres/roles\.sh)|np[mx] \w"
    r"|docker \w|kubectl \w|systemctl \w|uvicorn \w|celery -|openssl \w|(?:python|node) -|curl -"
)
VARIABLES = r"(?:[A-Z_]+=\S+ )*"
INLINE = re.compile(rf"`({VARIABLES}(?:python )?(?:{PROGRAMS})[^`]*)`")
LINE = re.compile(rf"^(?:    )?({VARIABLES}(?:{PROGRAMS}).*)$", re.MULTILINE)
START, CLIENT, DEPLOY = (
    "nimbus/tests/test_start_command.py",
    "tests/test_client_docs.py",
    "nimbus/tests/test_deploy.py",
)
CREATE = "projects/tests/test_create_project.py"
BACKUP, DOCTOR, HERE = "tests/test_backup.py", "batches/tests/test_doctor.py", "tests/test_commands.py"
WHOLE = f"{START}::test_the_whole_product_starts_lets_its_demo_user_in_and_stops"
JOURNEY = f"{CLIENT}::test_lines_of_the_command_line_do_what_the_docs_say"
RESTORE = f"{BACKUP}::test_restored_backup_passes_doctor_and_audit"
# What a command begins with, without variables before it: the test that runs it.
RUN = {
    "./script/server": WHOLE,
    "manage.py seed_demo": WHOLE,
    "uvicorn nimbus.asgi:application": WHOLE,
    "celery -A nimbus worker": WHOLE,
    "celery -A nimbus beat": WHOLE,
    "deploy/run": f"{DEPLOY}::test_run_starts_each_process_in_its_role",
    "deploy/postgres/roles.sh": f"{DEPLOY}::test_roles_script_makes_what_the_embedded_server_has",
    "manage.py collectstatic": f"{DEPLOY}::test_image_holds_what_runs",
    "deploy/backup": RESTORE,
    "deploy/restore": RESTORE,
    "manage.py migrate": RESTORE,
    "manage.py verify_audit": RESTORE,
    "manage.py doctor": f"{DOCTOR}::test_command_tells_in_json_and_by_its_exit",
    "manage.py check --deploy": "tests/test_hardening.py::test_deployment_check_finds_nothing",
    "manage.py check --database": "tests/test_walls.py::test_check_finds_a_login_on_the_wrong_side",
    "manage.py create_project": f"{CREATE}::test_command_prints_a_project_and_its_key",
    "manage.py undo_archive": "batches/tests/test_manifests.py::test_command_writes_the_zip_from_before",
    "manage.py rotate_secrets": "accounts/tests/test_provider_keys.py",
    "manage.py make_site": f"{HERE}::test_make_site_writes_so_many_pages",
    "manage.py model_twin": f"{HERE}::test_model_twin_answers_where_it_says",
    "openssl rand": f"{HERE}::test_secrets_are_made_as_the_docs_say",
    "python -c": f"{HERE}::test_secrets_are_made_as_the_docs_say",
    "python -m optimizer.html.vectors": "optimizer/tests/test_html_vectors.py",
    "npx nimbus": JOURNEY,
    "npm install --save-dev": JOURNEY,
    "npx gulp": f"{CLIENT}::test_lines_of_the_workflows_and_of_gulp_do_what_the_docs_say",
    "npm run bench": "gulp-nimbus/test/bench.test.js",
    "./script/screenshots": "tests/test_screens_walk.py",
    "./script/mutate-guards": "tests/test_mutate_guards.py::test_switched_off_guards_are_caught",
}
NOT_RUN = {
    "./script/test": "It is what runs the tests, and is what CI runs.",
    "./script/chaos": "The short run is a step of ./script/test of its own (script/check.py).",
    "./script/schemathesis": "The quick run is a step of ./script/test of its own (script/check.py).",
    "./script/audit": "It asks public databases, whose answers change from day to day.",
    "manage.py makemessages": "It needs GNU gettext, and translators run it.",
    "manage.py compilemessages": "It needs GNU gettext, and translators run it.",
    "./script/bench": "Minutes of an idle machine; tests run their parts on small numbers.",
    "./script/recipes": "The quick run is a step of ./script/test of its own (script/check.py).",
    "docker": "It needs a Docker daemon; test_deploy builds the image's files and checks the Compose file.",
    "kubectl": "It needs a cluster; test_deploy validates each manifest against its schema.",
    "systemctl": "It needs systemd as process 1; test_deploy lets systemd-analyze verify each unit.",
}


def commands():
    for path in TEXTS:
        for found in (*INLINE.findall(path.read_text()), *LINE.findall(path.read_text())):
            words = re.sub(rf"^{VARIABLES}", "", found)
            yield re.sub(r"^(?:python )?(?:\S+/)?(?:python )?(manage\.py)", r"\1", words), path.name


def is_of(command, known):
    return command == known or command.startswith(f"{known} ")


def test_commands_are_found_where_people_read_them():
    found = {command for command, _ in commands()}

    assert {"./script/server", "manage.py rotate_secrets", "npx nimbus doctor"} <= found
    assert len(found) > 60


def test_every_command_runs_in_a_test_or_says_why_not():
    assert [
        f"{name}: {command}"
        for command, name in commands()
        if not any(is_of(command, known) for known in (*RUN, *NOT_RUN))
    ] == []


def test_nothing_is_listed_that_nobody_is_told_to_type():
    found = [command for command, _ in commands()]

    assert [known for known in (*RUN, *NOT_RUN) if not any(is_of(command, known) for command in found)] == []
    assert all(len(reason) > 30 for reason in NOT_RUN.values())


@pytest.mark.parametrize("proof", sorted(set(RUN.values())))
def test_the_test_that_is_named_exists(proof):
    name, _, function = proof.partition("::")
    text = (ROOT / name).read_text()

    assert not function or function in {
        node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)
    }


def test_secrets_are_made_as_the_docs_say():
    lines = [command for command, _ in commands() if command.startswith(("openssl", "python -c"))]
    said = [
        subprocess.run(
            re.sub("^python", sys.executable, line), shell=True, capture_output=True, text=True, check=True
        ).stdout.strip()
        for line in lines
    ]

    assert [len(value) for value in said] == [64, 44]
    Fernet(said[1])


def test_roles_are_made_as_the_docs_say(test_run):
    operations = (ROOT / "docs/operations.md").read_text()
    block = re.search(r"run once as a superuser:\n\n((?:    .+\n)+)", operations)[1]
    # Under names of their own, beside those that this server has.
    lines = [line.strip().rstrip(";").replace("nimbus", "docs") for line in block.splitlines()]
    with contextlib.closing(postgres.connect(test_run.var)) as connection:
        try:
            for line in lines:
                connection.execute(line)
            found = connection.execute(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'docs_%' AND rolbypassrls ORDER BY 1"
            ).fetchall()
        finally:
            connection.execute("DROP DATABASE IF EXISTS docs")
            connection.execute("DROP ROLE IF EXISTS docs_owner, docs_app, docs_worker, docs_support")

    assert found == [("docs_support",), ("docs_worker",)]


def test_make_site_writes_so_many_pages(tmp_path, capsys):
    call_command("make_site", str(tmp_path / "site"), "--pages", "12")

    assert len(list((tmp_path / "site").rglob("*.html"))) == 12


def test_model_twin_answers_where_it_says():
    (line,) = {command for command, _ in commands() if command.startswith("manage.py model_twin --")}
    command = [sys.executable, *line.split()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as twin:
        try:
            url = twin.stdout.readline().strip()
            answer = httpx2.get(f"{url}/models", headers={"Authorization": "Bearer sk-any"})
        finally:
            twin.terminate()

    assert answer.status_code in {200, 404}
    assert twin.returncode == 0
