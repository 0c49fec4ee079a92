"""./script/server before it is up."""

import itertools
import os
import re
import signal
import subprocess
import sys
import threading

import httpx2
import pytest
from django.conf import settings

from nimbus.services.testing import free_port

# Python finds this before the module of the same name: Ctrl-C, exactly while that one would load.
CTRL_C = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\n"


@pytest.mark.parametrize("module", ["argparse", "celery"])
def test_ctrl_c_while_modules_load_ends_quietly(module, tmp_path):
    (tmp_path / f"{module}.py").write_text(CTRL_C)

    ended = subprocess.run(
        ["sh", "script/server", "--help"], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=False,
    )  # fmt: skip

    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr


def test_wrong_setting_is_answered_with_a_sentence():
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, capture_output=True, text=True,
        env=os.environ | {"DEBUG": "0", "SMTP_URL": "", "SECRET_KEY": "x" * 50}, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode == 1
    assert ended.stderr.startswith("manage.py: ")
    assert "Traceback" not in ended.stderr


def test_the_whole_product_starts_lets_its_demo_user_in_and_stops(tmp_path):
    """As a newcomer has it: nothing set, an empty var/, one command, one Ctrl-C."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    server = subprocess.Popen(
        ["sh", "script/server", "--port", str(free_port())], cwd=settings.BASE_DIR, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env=kept | {"NIMBUS_VAR": str(tmp_path / "var"), "NIMBUS_DOTENV": ""},
    )  # fmt: skip
    # A start that hangs ends here: the output below then has an end.
    limit = threading.Timer(180, os.killpg, (server.pid, signal.SIGKILL))
    limit.start()
    try:
        said = "".join(itertools.takewhile(lambda line: "Ctrl-C" not in line, server.stdout))
        url, mail, password = re.search(r"Open +(\S+)\n +Sign in +(\S+) +password +(\S+)", said).groups()
        with httpx2.Client(base_url=url, follow_redirects=True, timeout=60) as visitor:
            form = visitor.get("/")
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)[1]
            answers = {"csrfmiddlewaretoken": token, "login": mail, "password": password}
            home = visitor.post(str(form.url), data=answers, headers={"Referer": str(form.url)})
        assert "Repairs by Post" in home.text
        server.send_signal(signal.SIGINT)
        assert "Stopped after" in server.stdout.read()
        assert server.wait() == 0
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(url)
    finally:
        limit.cancel()
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
