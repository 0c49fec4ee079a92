"""Pages per CPU second and peak memory beside parsers that parse and serialise, and pages made to hurt."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
COMMANDS = {
    "py": (sys.executable, str(HERE / "html_timer.py"), "engine"),
    "bs4": (sys.executable, str(HERE / "html_timer.py"), "bs4"),
    "js": ("node", str(HERE / "html_timer.mjs"), "engine"),
    "cheerio": ("node", str(HERE / "html_timer.mjs"), "cheerio"),
}
TAGS = 20_000
BYTES = 200_000
START_TAG = re.compile("<[a-z]")
# name → (head, part that is repeated, tail that is repeated)
HOSTILE = {
    "nested_div": ("", "<div>", "</div>"),
    "unclosed_div": ("", "<div>x", ""),
    "unclosed_code": ("", "<p>a <code>", ""),
    "unclosed_b": ("<p>", "<b>x ", ""),
    "nested_b": ("<p>", "<b>x", "</b>"),
    "crossed": ("<p>", "<span><i>x</span></i> ", ""),
    "stray_ends": ("<p>Text", "</b>", ""),
    "unclosed_svg": ("", "<svg><p>x", ""),
    "unclosed_math": ("", "<math><mi>x", ""),
    "images": ("<p>a ", '<img alt="Bild">', ""),
    "pictures": ("", "<picture><img alt=B>", "</picture>"),
    "equal_blocks": ("", "<p>Same</p>", ""),
    "open_comments": ("<p>Text", "<!--", ""),
    "open_scripts": ("<p>Text<script>", "<!--<script ", ""),
    "attributes": ("<p ", "a=1 b ", ">Text"),
    "white_space": ("<p>Text", " ", "x"),
    "references": ("<p>Text", "&amp&#x", ""),
    "unclosed_custom": ("", "<x-y>a", ""),
    "selects": ("<p>x", "<select><option>", ""),
    "tables": ("", "<table><tr><td>x", ""),
    "json_ld": ('<p>x<script type="application/ld+json">', '{"a":[', ""),
}


def timed(name: str, paths: Sequence[Path]) -> dict[str, Any]:
    text = "".join(f"{path}\n" for path in paths)
    done = subprocess.run(COMMANDS[name], input=text, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def beside_peers(paths: Sequence[Path]) -> dict[str, Any]:
    """How many times as many pages a CPU second as the peer, and our share of its peak memory."""
    # In turns, and the better run of each: other work on the machine slows single runs down.
    runs = [{name: timed(name, paths) for name in COMMANDS} for _ in range(2)]
    rate = {name: len(paths) / min(sum(run[name]["seconds"]) for run in runs) for name in COMMANDS}
    peak = {name: min(run[name]["peak_kb"] for run in runs) for name in COMMANDS}
    return {
        "pages_per_cpu_second": {name: round(value, 1) for name, value in rate.items()},
        "peak_mb": {name: round(value / 1024, 1) for name, value in peak.items()},
        "speed_vs_bs4": round(rate["py"] / rate["bs4"], 2),
        "speed_vs_cheerio": round(rate["js"] / rate["cheerio"], 2),
        "memory_vs_bs4": round(peak["py"] / peak["bs4"], 2),
        "memory_vs_cheerio": round(peak["js"] / peak["cheerio"], 2),
    }


def hostile_page(name: str, share: float = 1) -> bytes:
    """20,000 tags, not counting their end tags, or as many as fit into 200 kB; a share of them."""
    head, part, tail = HOSTILE[name]
    repeats = tail.startswith("<")
    each = len(part) + (len(tail) if repeats else 0)
    tags = max(1, len(START_TAG.findall(part)))
    count = int(min(TAGS // tags if len(part) > 1 else BYTES, BYTES // each) * share)
    return (head + part * count + (tail * count if repeats else tail)).encode()


def hostile() -> dict[str, Any]:
    """The slowest of the pages made to hurt, and how much longer than its half the whole takes."""
    folder = Path(tempfile.mkdtemp(prefix="nimbus-hostile-"))
    try:
        paths = []
        for name in HOSTILE:
            for label, share in (("half", 0.5), ("whole", 1)):
                paths.append(folder / f"{name}-{label}.html")
                paths[-1].write_bytes(hostile_page(name, share))
        found = {language: best(language, paths) for language in ("py", "js")}
    finally:
        shutil.rmtree(folder)
    return summary(found)


def best(language: str, paths: Sequence[Path]) -> list[float]:
    """The better of two runs: a busy machine slows single pages down."""
    runs = [timed(language, paths)["seconds"] for _ in range(2)]
    return [min(pair) for pair in zip(*runs, strict=True)]


def summary(found: dict[str, list[float]]) -> dict[str, Any]:
    slowest = {language: max(zip(seconds[1::2], HOSTILE, strict=True)) for language, seconds in found.items()}
    # Times under 20 ms say nothing about growth.
    growth = {
        language: max(
            whole / max(half, 0.02) for half, whole in zip(seconds[::2], seconds[1::2], strict=True)
        )
        for language, seconds in found.items()
    }
    return {
        "slowest_hostile_s": round(max(seconds for seconds, _ in slowest.values()), 3),
        "slowest_hostile": {
            language: f"{name} {seconds:.3f} s" for language, (seconds, name) in slowest.items()
        },
        "hostile_growth": {language: round(value, 2) for language, value in growth.items()},
    }
