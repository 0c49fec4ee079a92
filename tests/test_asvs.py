"""The table of ASVS is whole, and each test that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| [^|]+ \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "asvs.md").read_text())
CHAPTERS = {1: 8, 2: 4, 3: 8, 4: 2, 5: 4, 6: 13, 7: 6, 8: 4, 9: 4, 10: 5, 11: 3, 12: 3, 13: 1, 14: 2, 15: 3}


def test_all_seventy_requirements_have_their_line():
    found = [int(number.split(".")[0]) for number, _ in ROWS]

    assert len({number for number, _ in ROWS}) == len(ROWS) == 70
    assert {chapter: found.count(chapter) for chapter in CHAPTERS} == CHAPTERS


def test_each_line_has_a_test_or_a_reason():
    for number, shown in ROWS:
        if not shown.startswith("reason: "):
            path, name = shown.strip("`").split("::")
            assert f"def {name}(" in (ROOT / path).read_text(), number
