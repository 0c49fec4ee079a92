"""One page: its head, its blocks and the extraction the wire carries."""

import hashlib

from optimizer.html.blocks import export, identify, mark_fold
from optimizer.html.encoding import Refuse
from optimizer.html.source import Source
from optimizer.html.tokenizer import Tokenizer
from optimizer.html.walk import Walk

# One unit in this many being NUL means that this is no text.
NUL_SHARE = 100


class Page:
    def __init__(self, data: bytes, encoding: str | None = None) -> None:
        self.source = Source(data, encoding)
        units = self.source.units
        if units.count("\0") * NUL_SHARE > len(units):
            raise Refuse("not_html")
        tokenizer = Tokenizer(units, self.source.start)
        self.tokens = list(tokenizer)
        if not any(token.kind == "start" for token in self.tokens):
            raise Refuse("not_html")
        walk = Walk(self.source, self.tokens)
        self.head, self.main_selector = walk.head, walk.main_selector
        self.blocks = walk.blocks
        self.warnings = list(self.source.warnings)
        if walk.undecodable:
            self.warnings.append("undecodable_blocks")
        if tokenizer.ambiguous:
            # Where browsers may see other tags than we do, only the head is safe to edit.
            self.warnings.append("ambiguous")
            self.blocks = []
            self.head.keep_early()
        identify(self.blocks)
        mark_fold(self.blocks)
        head = self.head.values()
        if not self.blocks and not head["title"] and not head["metaDescription"]:
            raise Refuse("no_text")

    def extraction(self) -> dict[str, object]:
        """What the page offers, in the shape PageData carries."""
        return {
            "engine": "html",
            "encoding": self.source.encoding,
            "page_hash": hashlib.sha256(self.source.data).hexdigest(),
            "main_selector": self.main_selector,
            "head": self.head.values(),
            "above_fold_blocks": [export(b, self.source) for b in self.blocks if b.above_fold],
            "rest_of_page_blocks": [export(b, self.source) for b in self.blocks if not b.above_fold],
            "selector_map": {b.id: b.path for b in self.blocks},
            "warnings": self.warnings,
        }
