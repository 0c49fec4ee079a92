"""./script/server before it is up."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

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
