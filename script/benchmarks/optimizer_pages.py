"""The pages that the optimizer is measured on: the made site, real themes, and copy in other languages."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html_corpus

from nimbus.demo import site
from optimizer.html import Page, Refuse
from optimizer.types import Block, PageText

RULES = site.DIMENSION_RULES


def made(pages: int) -> list[PageText]:
    """The generated site, with the dimensions its paths tell."""
    return [text_of(extraction, path) for path, extraction in extracted(pages)]


def extracted(pages: int) -> list[tuple[str, dict[str, Any]]]:
    """The same, each page as its path and what is uploaded of it."""
    with tempfile.TemporaryDirectory(prefix="nimbus-optimizer-") as folder:
        site.write(Path(folder), pages)
        paths = html_corpus.pages(Path(folder))
        return [(url := f"/{path.relative_to(folder)}", extraction(path, url, RULES)) for path in paths]


def themes() -> dict[str, list[PageText]]:
    """The pages of each theme in its newest release."""
    found = {}
    for folder in html_corpus.newest(html_corpus.themes()):
        found[folder.name] = list(_readable(folder))
    return found


def _readable(folder: Path) -> Iterator[PageText]:
    for path in html_corpus.pages(folder):
        try:
            url = f"/{path.relative_to(folder)}"
            yield text_of(extraction(path, url, ()), url)
        except Refuse:
            continue


def extraction(path: Path, url: str, rules: object) -> dict[str, Any]:
    return Page(path.read_bytes()).extraction(rules=rules, path=url)


def text_of(extraction: dict[str, Any], url: str) -> PageText:
    return PageText.from_extraction(extraction, f"https://repairsbypost.test{url}")


def foreign(sentences: dict[str, tuple[str, ...]]) -> Iterator[PageText]:
    """One page a language, of whole sentences."""
    for language, texts in sentences.items():
        blocks = tuple(Block(f"b-{n}", "p", text) for n, text in enumerate(texts))
        head = {"title": texts[0][:40], "metaDescription": ""}
        yield PageText(f"https://shop.test/{language}", head, blocks, {}, language)
