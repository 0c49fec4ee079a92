"""The same pages through both engines: identity, hard rewrites, the trees of other parsers, equal bytes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from optimizer.html.encoding import single_byte_table
from optimizer.tests import html5lib

HERE = Path(__file__).parent
WORKERS = {
    "py": (sys.executable, str(HERE / "html_worker.py")),
    "js": ("node", str(HERE / "html_worker.mjs")),
}
PROCESSES = min(4, os.cpu_count() or 1)
COMPARED = ("refused", "extraction", "output", "report")
ENCODINGS = (
    *("windows-1252", "windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1257"),
    *("iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-15", "koi8-r"),
)
REFUSED = {
    "iso-2022-jp": b'<meta charset="iso-2022-jp"><title>x</title><p>Text',
    "utf-7": b'<meta charset="utf-7"><title>x</title><p>+ADw-script+AD4-',
    "hz-gb-2312": b'<meta charset="hz-gb-2312"><title>x</title><p>Text',
    "odd UTF-16": b"\xff\xfe<\0p\0>\0T",
}


def run(paths: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """What each language made of each page; several processes share the pages."""
    shares = [paths[start::PROCESSES] for start in range(PROCESSES)]
    with ThreadPoolExecutor(2 * PROCESSES) as pool:
        working = {
            language: [pool.submit(work, language, share) for share in shares if share]
            for language in WORKERS
        }
        records = {
            language: {record["page"]: record for future in futures for record in future.result()}
            for language, futures in working.items()
        }
    return {language: [found[str(path)] for path in paths] for language, found in records.items()}


def work(language: str, paths: Sequence[Path]) -> list[dict[str, Any]]:
    text = "".join(f"{path}\n" for path in paths)
    done = subprocess.run(WORKERS[language], input=text, capture_output=True, encoding="utf-8", timeout=3600)
    if done.returncode:
        raise RuntimeError(f"{language}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    rows = [row for records in found.values() for row in records if "refused" not in row]
    pairs = list(zip(found["py"], found["js"], strict=True))
    return {
        "pages": len(pairs),
        "refused": sum("refused" in ours for ours, _ in pairs),
        "blocks": sum(ours.get("blocks", 0) for ours, _ in pairs),
        "rewritten_blocks": sum(ours.get("changed", 0) for ours, _ in pairs),
        "identity_share": round(sum(row["identity"] for row in rows) / len(rows), 6) if rows else 0.0,
        "rewrite_failures": sum(row["failures"] + (not row["outside"]) for row in rows),
        "skeleton_changes": sum(not row["skeleton"] for row in rows),
        "language_differences": sum(differs(ours, theirs) for ours, theirs in pairs),
    }


def differs(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return any(ours.get(key) != theirs.get(key) for key in COMPARED)


def failures(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """A line for each page that is not as it should be."""
    for ours, theirs in zip(found["py"], found["js"], strict=True):
        differing = [key for key in COMPARED if ours.get(key) != theirs.get(key)]
        if differing:
            yield f"languages differ in {', '.join(differing)}: {ours['page']}"
        for language, row in (("py", ours), ("js", theirs)):
            wrong = [key for key in ("identity", "outside", "skeleton") if row.get(key) is False]
            if wrong or row.get("failures"):
                yield f"{language} {' '.join(wrong)} {row.get('failures', 0)} unwritten: {row['page']}"


def encoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    """One UTF-8 page in every encoding and line ending that must survive to the byte."""
    text = data.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    lines = text.split("\n")
    yield "utf-8", text.encode()
    yield "utf-8-bom", b"\xef\xbb\xbf" + text.encode()
    yield "crlf", "\r\n".join(lines).encode()
    yield "mixed", "".join(line + ("\r\n", "\n", "\r")[i % 3] for i, line in enumerate(lines)).encode()
    yield "utf-16le", b"\xff\xfe" + text.encode("utf-16-le")
    yield "utf-16be", b"\xfe\xff" + text.encode("utf-16-be")
    for name in ENCODINGS:
        table = single_byte_table(name)
        letters = "".join(char for char in table[128:] if char.isalpha())
        own = text.replace("utf-8", name).replace("</body>", f"<p>Text {letters}</p></body>")
        codes = {char: bytes([byte]) for byte, char in enumerate(table) if char}
        yield name, b"".join(codes.get(char) or f"&#{ord(char)};".encode() for char in own)


def write_encoded(paths: Sequence[Path], folder: Path) -> list[Path]:
    found = []
    for number, path in enumerate(paths):
        for name, data in encoded(path.read_bytes()):
            found.append(folder / f"{number}-{name}.html")
            found[-1].write_bytes(data)
    return found


def refusals(folder: Path) -> int:
    """How many pages that no byte position can be trusted in are not refused for that."""
    paths = []
    for name, data in REFUSED.items():
        paths.append(folder / f"refused-{name.replace(' ', '-')}.html")
        paths[-1].write_bytes(data)
    return sum(row.get("refused") != "encoding" for rows in run(paths).values() for row in rows)


def tokenizer_shares(folder: Path) -> dict[str, float]:
    """The share of html5lib's tokenizer cases each language passes."""
    cases = list(html5lib.cases(folder))
    passed = sum(html5lib.plain_tokens(*case[1:4]) == case[4] for case in cases)
    command = ("node", str(HERE / "html_suite.mjs"), str(folder))
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    theirs = json.loads(done.stdout)
    return {
        "tokenizer_cases": len(cases),
        "tokenizer_share_py": round(passed / len(cases), 6),
        "tokenizer_share_js": round(theirs["passed"] / theirs["cases"], 6),
    }
