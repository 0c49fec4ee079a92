"""Each weakness of the first sketch names the test that keeps it from coming back."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECTION = (ROOT / "docs" / "security.md").read_text().partition("## Weaknesses of the first sketch")[2]
ROWS = re.findall(r"^\| (\d+) \| .+ \| .+ \| `(\S+)::(\w+)` \|$", SECTION, re.MULTILINE)


def test_all_forty_have_their_line():
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 41))


def test_each_line_names_a_test_that_exists():
    missing = [
        f"{path}::{name}"
        for _, path, name in ROWS
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]

    assert missing == []
