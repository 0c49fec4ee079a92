"""Which tags belong together, and which of them are one piece of a run."""

from functools import cached_property
from itertools import accumulate

from optimizer.html.chars import WS
from optimizer.html.names import INLINE, INLINE_VOID, OPAQUE, PHRASE
from optimizer.html.tokenizer import Token
from optimizer.html.traits import Traits

_IN_RUNS = INLINE | INLINE_VOID | OPAQUE
_PAIRED = INLINE | OPAQUE


def is_border(token: Token) -> bool:
    """Whether a tag ends the run before it, custom elements aside."""
    return token.name != "" and token.name not in _IN_RUNS and not token.foreign


class Atoms:
    def __init__(self, units: str, tokens: list[Token]) -> None:
        self.units = units
        self.tokens = tokens

    @cached_property
    def partners(self) -> dict[int, int]:
        """The end tag of each start tag, name by name, of those that can be atoms."""
        partners: dict[int, int] = {}
        stacks: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            name = token.name
            if (name not in _PAIRED and "-" not in name) or token.foreign:
                continue
            if token.kind == "start":
                stacks.setdefault(name, []).append(index)
            elif stack := stacks.get(name):
                partners[stack.pop()] = index
        return partners

    @cached_property
    def _borders(self) -> list[int]:
        """How many borders precede each token."""
        return list(accumulate(map(is_border, self.tokens), initial=0))

    def end_of(self, index: int, traits: Traits) -> int | None:
        """The last token of an atom that starts here; None when this tag starts no atom."""
        token = self.tokens[index]
        name = token.name
        if token.foreign:
            return self._foreign_end(index)
        if name in INLINE_VOID:
            return index
        if name in OPAQUE:
            partner = self.partners.get(index)
            is_broken = partner is not None and name in PHRASE and self._has_border(index, partner)
            return index if partner is None or is_broken else partner
        if name in INLINE:
            partner = self.partners.get(index) if traits.is_left_alone else None
            return partner if partner is not None and not self._has_border(index, partner) else None
        return self._empty_end(index) if "-" in name else None

    def _empty_end(self, index: int) -> int | None:
        """The end tag of a custom element that holds nothing but white space."""
        partner = self.partners.get(index)
        if partner is None or partner > index + 2:
            return None
        between = self.tokens[index + 1 : partner]
        is_empty = all(t.kind == "text" and not self.units[t.start : t.end].strip(WS) for t in between)
        return partner if is_empty else None

    def _foreign_end(self, index: int) -> int:
        """Where the namespace of an svg or math tag is left, or the file ends."""
        token = self.tokens[index]
        if token.self_closing:
            return index
        for last in range(index + 1, len(self.tokens)):
            after = self.tokens[last]
            if after.depth < token.depth:
                return last if after.kind == "end" and after.foreign else last - 1
        return len(self.tokens) - 1

    def _has_border(self, start: int, end: int) -> bool:
        return self._borders[end] > self._borders[start]
