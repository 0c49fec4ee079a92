"""What a check looks at: one text beside its original, and all that the page is known to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from optimizer import inline, words
from optimizer.types import Block, Brief, Kind, PageText


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that vouches for a fact, joined once a page."""

    text: str
    folded: str
    vocabulary: frozenset[str]
    siblings: dict[str, str]
    blocks: dict[str, Block]
    page: PageText
    brief_text: str
    _derived: dict[str, Any] = field(default_factory=dict)

    def derive[T](self, compute: Callable[[Known], T]) -> T:
        """What a check works out of the whole page, worked out once a page."""
        name = f"{compute.__module__}.{compute.__qualname__}"
        if name not in self._derived:
            self._derived[name] = compute(self)
        return cast("T", self._derived[name])

    @classmethod
    def of(cls, page: PageText, brief: Brief) -> Known:
        plain = {block.id: inline.plain(block.content) for block in page.blocks}
        # Tags that touch words, such as in a menu, make one word to the eye and several to a writer.
        parted = [inline.parted(block.content) for block in page.blocks if "</" in block.content]
        around = [*parted, *page.dimensions.values(), page.url.replace("-", " ")]
        told = [
            brief.company,
            *brief.facts_for(page.dimensions),
            brief.fields.title_pattern,
            *brief.keep,
            *brief.prefer.values(),
            *brief.protected,
        ]
        brief_text = "\n".join(told)
        siblings = {id: words.fold(value) for id, value in plain.items()}
        text = "\n".join([*page.head.values(), *plain.values(), *around, brief_text])
        rest = words.fold("\n".join([*page.head.values(), *around, brief_text]))
        folded = " ".join([rest, *siblings.values()])
        blocks = {block.id: block for block in page.blocks}
        return cls(text, folded, words.folded_vocabulary(folded), siblings, blocks, page, brief_text)


@dataclass(frozen=True, slots=True)
class Subject:
    """One text under judgement; `old` and `new` are its plain words before and after."""

    original: str
    text: str
    old: str
    new: str
    kind: Kind
    target: str
    type: str
    page: PageText
    brief: Brief
    known: Known

    @property
    def parted(self) -> str:
        """The new words, those of neighbouring tags apart."""
        return inline.parted(self.text) if self.has_tags else self.new

    @property
    def has_tags(self) -> bool:
        """Only the text of an element may hold tags: a head field or an attribute is plain."""
        block = self.known.blocks.get(self.target)
        return self.kind == "block" and not (block and block.attr)
