"""The pages that the optimizer is measured on: the made site, real themes, and copy in other languages."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import html_corpus

from nimbus.demo import site
from optimizer.html import Page, Refuse
from optimizer.types import Block, PageText

RULES = site.DIMENSION_RULES


def made(pages: int) -> list[PageText]:
    """The generated site, with the dimensions its paths tell."""
    with tempfile.TemporaryDirectory(prefix="nimbus-optimizer-") as folder:
        site.write(Path(folder), pages)
        paths = html_corpus.pages(Path(folder))
        return [read(path, f"/{path.relative_to(folder)}", RULES) for path in paths]


def themes() -> dict[str, list[PageText]]:
    """The pages of each theme in its newest release."""
    found = {}
    for folder in html_corpus.newest(html_corpus.themes()):
        found[folder.name] = list(_readable(folder))
    return found


def _readable(folder: Path) -> Iterator[PageText]:
    for path in html_corpus.pages(folder):
        try:
            yield read(path, f"/{path.relative_to(folder)}", ())
        except Refuse:
            continue


def read(path: Path, url: str, rules: object) -> PageText:
    extraction = Page(path.read_bytes()).extraction(rules=rules, path=url)
    return PageText.from_extraction(extraction, f"https://repairsbypost.test{url}")


def foreign(sentences: dict[str, tuple[str, ...]]) -> Iterator[PageText]:
    """One page a language, of whole sentences."""
    for language, texts in sentences.items():
        blocks = tuple(Block(f"b-{n}", "p", text) for n, text in enumerate(texts))
        head = {"title": texts[0][:40], "metaDescription": ""}
        yield PageText(f"https://shop.test/{language}", head, blocks, {}, language)
