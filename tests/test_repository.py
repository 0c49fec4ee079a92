"""No secret of anybody stands in the repository."""

import re
import subprocess
from pathlib import Path

from projects.models.keys import APIKey

ROOT = Path(__file__).resolve().parent.parent
SECRET = re.compile(
    rb"sk-(?:proj-)?[0-9A-Za-z]{24,}|nmb_(?:live|test)_[0-9A-Za-z]{38,}|whsec_[0-9A-Za-z+/]{32,}={0,2}"
    rb"|gh[pos]_[0-9A-Za-z]{36}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
# Of the format of a key, and of no server: it counts up.
MADE_UP = {b"nmb_test_0123456789abcdefghijklmnopqrstuv012345"}


def files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_no_file_holds_a_secret():
    found = [
        (path.relative_to(ROOT).as_posix(), match[0].decode())
        for path in files()
        if path.is_file()
        for match in SECRET.finditer(path.read_bytes())
        if match[0] not in MADE_UP
    ]

    assert found == []


def test_control_a_real_key_would_be_found(project):
    _, secret = APIKey.objects.issue(project.organization, "CI")

    assert SECRET.fullmatch(secret.encode())
