"""One page: its head, its blocks and the extraction the wire carries."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optimizer import dimensions
from optimizer.html import selector
from optimizer.html.blocks import export, identify, mark_fold
from optimizer.html.chars import unescape
from optimizer.html.encoding import Refuse
from optimizer.html.source import Source
from optimizer.html.tags import NO_TAG
from optimizer.html.tokenizer import Tokenizer
from optimizer.html.walk import Walk

# One unit in this many being NUL means that this is no text.
NUL_SHARE = 100


class Page:
    """Raises Refuse where there is nothing to work on, SelectorError for a wrong `hero`."""

    def __init__(self, data: bytes, encoding: str | None = None, hero: str = "") -> None:
        # What the caller knows better than the page.
        self.encoding = encoding
        self.source = Source(data, encoding)
        units = self.source.units
        if units.count("\0") * NUL_SHARE > len(units):
            raise Refuse("not_html")
        tokenizer = Tokenizer(units, self.source.start)
        tokens = list(tokenizer)
        # Tokens are many and forgotten; this is all that is asked of them later.
        self.marks = [token.tag for token in tokens if token.tag is not NO_TAG]
        self.comments = Counter(
            token.kind for token in tokens if token.tag is NO_TAG and token.kind != "text"
        )
        if not any(tag.kind == "start" for tag in self.marks):
            raise Refuse("not_html")
        walk = Walk(self.source, tokens, selector.parse(hero))
        self.head, self.main_selector = walk.head, walk.main_selector
        self.blocks = walk.blocks
        self.json_ld = walk.json_ld
        self.warnings = list(self.source.warnings)
        if walk.undecodable:
            self.warnings.append("undecodable_blocks")
        if tokenizer.ambiguous:
            # Where browsers may see other tags than we do, only the head is safe to edit.
            self.warnings.append("ambiguous")
            self.blocks, self.json_ld.blocks = [], []
            self.head.keep_early()
        identify(self.blocks)
        identify(self.json_ld.blocks)
        mark_fold(self.blocks)
        head = self.head.values()
        if not self.blocks and not head["title"] and not head["metaDescription"]:
            raise Refuse("no_text")

    def extraction(
        self, *, json_ld: bool = False, rules: Sequence[Mapping[str, Any]] = (), path: str = ""
    ) -> dict[str, Any]:
        """What the page offers, in the shape PageData carries; `rules` and `path` give its dimensions."""
        offered = [*self.blocks, *(self.json_ld.blocks if json_ld else ())]
        found: dict[str, Any] = {
            "engine": "html",
            "encoding": self.source.encoding,
            "page_hash": hashlib.sha256(self.source.data).hexdigest(),
            "main_selector": self.main_selector,
            "head": self.head.values(),
            "above_fold_blocks": [export(b, self.source) for b in offered if b.above_fold],
            "rest_of_page_blocks": [export(b, self.source) for b in offered if not b.above_fold],
            "selector_map": {b.id: b.place.path() for b in offered},
            "warnings": self.warnings + ["invalid_json_ld"] * (json_ld and self.json_ld.is_broken),
        }
        if rules:
            found["dimensions"] = dimensions.read(rules, path, self.tags())
        return found

    def tags(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The start tags with their decoded attributes, for rules that look into the page."""
        text_of = self.source.text_of
        for tag in self.marks:
            if tag.kind == "start":
                values = tag.values.items()
                yield (
                    tag.name,
                    {name: unescape(text_of(raw) or "", in_attribute=True) for name, raw in values},
                )
