"""Rows as CSV for a spreadsheet, which must not take somebody's words for a formula."""

import csv
import io
from typing import Any

# The mark by which Excel knows UTF-8.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
# Spreadsheets begin a formula with any of these, some also behind white space or in full width.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def plain(text: str) -> str:
    """Text that no spreadsheet computes."""
    return f"'{text}" if text.lstrip().startswith(FORMULA) or text[:1] in ("\t", "\r", "\n") else text


def lines(rows: Any) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()
