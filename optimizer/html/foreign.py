"""Which namespace the next tag is in: all that a tree would tell the tokenizer."""

from collections.abc import Mapping

from optimizer.html.chars import lower
from optimizer.html.names import (
    BREAKOUT,
    DOUBTFUL,
    HTML_ANNOTATIONS,
    MATH_POINTS,
    SELECT_ENDERS,
    SVG_POINTS,
    VOID,
)


class Namespaces:
    """A stack of html, svg and math, each with the names opened in it."""

    def __init__(self) -> None:
        # How many of each name are open outside svg and math.
        self.outermost: dict[str, int] = {}
        self.stack: list[tuple[str, dict[str, int]]] = [("html", self.outermost)]
        self.ambiguous = False
        self._in_select = False
        self._after_frameset = False

    @property
    def depth(self) -> int:
        return len(self.stack) - 1

    @property
    def is_foreign(self) -> bool:
        return self.stack[-1][0] != "html"

    def open(self, name: str, self_closing: bool, values: Mapping[str, str]) -> bool:
        """Take a start tag; True when the element is SVG or MathML."""
        if self.is_foreign and self._breaks_out(name, values):
            self._leave()
        if not self.is_foreign:
            self._guard(name)
            if name in ("svg", "math"):
                if not self_closing:
                    self.stack.append((name, {}))
                return True
            if name not in VOID:
                self._count(name)
            return False
        if not self_closing:
            if self._is_point(name, values):
                self.stack.append(("html", {}))
            else:
                self._count(name)
        return True

    def close(self, name: str) -> bool:
        """Take an end tag; True when it closes SVG or MathML."""
        kind, names = self.stack[-1]
        if names.get(name, 0) > 0:
            names[name] -= 1
            self._in_select = self._in_select and name != "select"
            return kind != "html"
        if kind == "html":
            outer = self.stack[-2][0] if len(self.stack) > 1 else ""
            if (outer == "svg" and name in SVG_POINTS) or (outer == "math" and name in MATH_POINTS):
                self.stack.pop()
                return True
            return False
        if name == kind:
            self.stack.pop()
            return True
        if name in ("p", "br") or self._is_open_outside(name):
            self._leave()
            return self.close(name) if name not in ("p", "br") else False
        return True

    def _count(self, name: str) -> None:
        names = self.stack[-1][1]
        names[name] = names.get(name, 0) + 1

    def _is_open_outside(self, name: str) -> bool:
        """An end tag of the HTML around an unclosed svg closes that svg too."""
        for kind, names in reversed(self.stack):
            if kind == "html":
                return names.get(name, 0) > 0
        return False

    def _leave(self) -> None:
        while self.is_foreign:
            self.stack.pop()

    def _breaks_out(self, name: str, values: Mapping[str, str]) -> bool:
        if name == "font":
            return any(key in values for key in ("color", "face", "size"))
        return name in BREAKOUT

    def _is_point(self, name: str, values: Mapping[str, str]) -> bool:
        if self.stack[-1][0] == "svg":
            return name in SVG_POINTS
        if name == "annotation-xml":
            return lower(values.get("encoding", "")) in HTML_ANNOTATIONS
        return name in MATH_POINTS

    def _guard(self, name: str) -> None:
        """Browsers disagree on raw text in a select or after a frameset: such a page is ambiguous."""
        if name in DOUBTFUL and (self._in_select or (self._after_frameset and name != "noframes")):
            self.ambiguous = True
        if name == "select":
            self._in_select = not self._in_select
        elif name in SELECT_ENDERS:
            self._in_select = False
        elif name == "frameset":
            self._after_frameset = True
