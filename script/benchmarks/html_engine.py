"""Proves the HTML engine in both languages on real and hostile pages; the last line is one JSON object.

`--quick` takes a few pages of each theme and leaves the Debian documentation out.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nimbus.demo import site
from script.benchmarks import html_browser, html_corpus, html_parity, html_speed, html_stale

SECTIONS = ("tokenizer", "pages", "encodings", "stale", "hostile", "payloads", "speed")
QUICK_PAGES = 3
SITE_PAGES = 200


class Bench:
    def __init__(self, quick: bool, folder: Path) -> None:
        self.quick = quick
        self.folder = folder
        html_corpus.node_packages()
        self.folders = html_corpus.themes()
        self.themes = [
            path
            for theme in html_corpus.newest(self.folders)
            for path in html_corpus.pages(theme)[: QUICK_PAGES if quick else None]
        ]
        self.figures: dict[str, Any] = {}

    def tokenizer(self) -> dict[str, Any]:
        return html_parity.tokenizer_shares(html_corpus.suite())

    def pages(self) -> dict[str, Any]:
        built = self.folder / "site"
        site.write(built, 20 if self.quick else SITE_PAGES)
        corpora = {"themes": self.themes, "made site": html_corpus.pages(built)}
        documentation, missing = ({}, []) if self.quick else html_corpus.documentation()
        corpora |= {name: html_corpus.pages(path) for name, path in documentation.items()}
        for line in missing:
            print(line)
        found = html_parity.run([path for paths in corpora.values() for path in paths])
        for line in html_parity.failures(found):
            print(line)
        counts = {name: len(paths) for name, paths in corpora.items()}
        themes = len(list(html_corpus.newest(self.folders)))
        facts = {"corpora": counts, "theme_packages": themes, "missing_corpora": missing}
        return html_parity.summary(found) | facts

    def encodings(self) -> dict[str, Any]:
        some = self.themes[:: max(1, len(self.themes) // (3 if self.quick else 12))]
        found = html_parity.run(html_parity.write_encoded(some, self.folder))
        for line in html_parity.failures(found):
            print(line)
        result = html_parity.summary(found)
        wrong = result["rewrite_failures"] + result["skeleton_changes"] + result["language_differences"]
        wrong += result["refused"] + (result["identity_share"] < 1)
        return {
            "encoding_pages": result["pages"],
            "encoding_failures": wrong,
            "refusals_missed": html_parity.refusals(self.folder),
        }

    def stale(self) -> dict[str, Any]:
        return html_stale.figures(self.folders)

    def hostile(self) -> dict[str, Any]:
        return html_speed.hostile()

    def payloads(self) -> dict[str, Any]:
        return html_browser.figures(self.folder, html_browser.find_browser(), 8 if self.quick else 1)

    def speed(self) -> dict[str, Any]:
        return html_speed.beside_peers(self.themes)


def passes(figures: dict[str, Any]) -> list[str]:
    """The figures that are not what was promised."""
    wanted = {
        "tokenizer_share_py": lambda x: x == 1,
        "tokenizer_share_js": lambda x: x == 1,
        "identity_share": lambda x: x == 1,
        "stale_found_share": lambda x: x >= 0.99,
        "slowest_hostile_s": lambda x: x < 1,
        "speed_vs_bs4": lambda x: x > 1,
        "speed_vs_cheerio": lambda x: x > 1,
        "memory_vs_bs4": lambda x: x <= 1,
        "memory_vs_cheerio": lambda x: x <= 1,
    } | dict.fromkeys(
        (
            "rewrite_failures", "skeleton_changes", "language_differences", "encoding_failures",
            "refusals_missed", "hostile_marks", "wrong_block_writes",
        ),
        lambda x: x == 0,
    )  # fmt: skip
    return [name for name, is_met in wanted.items() if name in figures and not is_met(figures[name])]


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench html")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--only", choices=SECTIONS, action="append")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nimbus-html-") as folder:
        bench = Bench(chosen.quick, Path(folder))
        for name in chosen.only or SECTIONS:
            begin = time.monotonic()
            found = getattr(bench, name)()
            print(f"== {name} ({time.monotonic() - begin:.1f} s)", flush=True)
            for key, value in found.items():
                print(f"  {key}: {value}", flush=True)
            bench.figures |= found
    missed = passes(bench.figures)
    print(f"Not reached: {', '.join(missed)}." if missed else "Every figure is reached.")
    print(json.dumps(bench.figures | {"quick": chosen.quick, "missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
