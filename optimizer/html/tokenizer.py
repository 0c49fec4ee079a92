"""A WHATWG tokenizer over units (one character a byte, or a UTF-16 code unit); it builds no tree.

Offsets are unit offsets into the source. Nothing is decoded: names are ASCII lower case, values are spans.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from optimizer.html.foreign import Namespaces

Kind = Literal["text", "start", "end", "comment", "doctype", "junk"]

WS = "\t\n\f\r "
RCDATA = frozenset(["title", "textarea"])
RAWTEXT = frozenset(["style", "iframe", "xmp", "noembed", "noframes", "noscript"])

_NAME = re.compile(r"[^\t\n\f\r />]*")
_GAP = re.compile(r"[\t\n\f\r /]*")
_SPACE = re.compile(r"[\t\n\f\r ]*")
_ATTR_NAME = re.compile(r"[^\t\n\f\r />][^\t\n\f\r />=]*")
_UNQUOTED = re.compile(r"[^\t\n\f\r >]+")
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_MARK = re.compile(r"<!--|-->|</?script(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII)
_UPPER = {code: code + 32 for code in range(65, 91)} | {0: 0xFFFD}


@dataclass(slots=True)
class Attribute:
    """One attribute; `quote` is `"`, `'`, "" (unquoted) or None (no value)."""

    name: str
    start: int
    value_start: int
    value_end: int
    quote: str | None


@dataclass(slots=True)
class Token:
    kind: Kind
    start: int
    end: int
    # Text: data, rcdata, rawtext, script, cdata or plaintext. Tags: empty.
    mode: str = ""
    name: str = ""
    attributes: list[Attribute] = field(default_factory=list)
    self_closing: bool = False
    # Open namespaces after this token: 0 is plain HTML. `foreign`: the tag itself is SVG or MathML.
    depth: int = 0
    foreign: bool = False


def lower(name: str) -> str:
    """ASCII lower case; NUL becomes U+FFFD as in every tag and attribute name."""
    return name.lower() if name.isascii() and "\0" not in name else name.translate(_UPPER)


class Tokenizer:
    def __init__(self, units: str, start: int = 0, mode: str = "data", last_tag: str = "") -> None:
        self.units = units
        self.size = len(units)
        self.at = start
        self.mode = mode
        self.last_tag = last_tag
        self.namespaces = Namespaces()

    def __iter__(self) -> Iterator[Token]:
        while self.at < self.size:
            yield from self._data() if self.mode == "data" else self._raw()

    @property
    def ambiguous(self) -> bool:
        """Whether browsers may read a part of this page in another text mode than this tokenizer."""
        return self.namespaces.ambiguous

    def _data(self) -> Iterator[Token]:
        units, begin, at = self.units, self.at, self.at
        token: Token | None = None
        while token is None:
            at = units.find("<", at)
            if at < 0:
                at = self.size
                break
            token = self._markup(at)
            if token is None:
                at += 1
        if at > begin:
            yield Token("text", begin, at, mode="data", depth=self.namespaces.depth)
        self.at = token.end if token else self.size
        if token:
            yield self._feed_back(token)

    def _feed_back(self, token: Token) -> Token:
        """Let the namespaces see a tag, and switch the text mode a start tag asks for."""
        if token.kind == "start":
            values = self._value_of(token) if self.namespaces.is_foreign else {}
            token.foreign = self.namespaces.open(token.name, token.self_closing, values)
            self.last_tag = token.name
            if not token.foreign:
                self._switch(token.name)
        elif token.kind == "end":
            token.foreign = self.namespaces.close(token.name)
        token.depth = self.namespaces.depth
        return token

    def _value_of(self, token: Token) -> dict[str, str]:
        return {a.name: self.units[a.value_start : a.value_end] for a in token.attributes}

    def _switch(self, name: str) -> None:
        if name in RCDATA:
            self.mode = "rcdata"
        elif name in RAWTEXT:
            self.mode = "rawtext"
        elif name in ("script", "plaintext"):
            self.mode = name

    def _markup(self, at: int) -> Token | None:
        """The token that starts with the `<` at `at`; None when that `<` is text."""
        units = self.units
        after = units[at + 1 : at + 2]
        if after.isascii() and after.isalpha():
            return self._tag(at, at + 1, "start")
        if after == "/":
            after = units[at + 2 : at + 3]
            if after.isascii() and after.isalpha():
                return self._tag(at, at + 2, "end")
            if after == ">":
                return Token("junk", at, at + 3)
            return self._until(at, ">", "comment") if after else None
        if after == "!":
            return self._declaration(at)
        return self._until(at, ">", "comment") if after == "?" else None

    def _until(self, at: int, mark: str, kind: Kind, mode: str = "") -> Token:
        end = self.units.find(mark, at)
        return Token(kind, at, self.size if end < 0 else end + len(mark), mode=mode)

    def _declaration(self, at: int) -> Token:
        units = self.units
        if units.startswith("<!--", at):
            body = at + 4
            for short in (">", "->"):
                if units.startswith(short, body):
                    return Token("comment", at, body + len(short))
            end = _COMMENT_END.search(units, body)
            return Token("comment", at, end.end() if end else self.size)
        if lower(units[at + 2 : at + 9]) == "doctype":
            return self._until(at, ">", "doctype")
        if units.startswith("<![CDATA[", at) and self.namespaces.is_foreign:
            end_at = units.find("]]>", at + 9)
            return Token("text", at, self.size if end_at < 0 else end_at + 3, mode="cdata")
        return self._until(at, ">", "comment")

    def _tag(self, at: int, name_at: int, kind: Kind) -> Token:
        """A whole tag; one that the file ends in is dropped, as browsers do."""
        units, size = self.units, self.size
        pos = _NAME.match(units, name_at).end()  # type: ignore[union-attr]
        name, attributes = lower(units[name_at:pos]), list[Attribute]()
        seen: set[str] = set()
        while pos < size:
            gap = pos
            pos = _GAP.match(units, pos).end()  # type: ignore[union-attr]
            if pos >= size:
                break
            if units[pos] == ">":
                closing = pos > gap and units[pos - 1] == "/"
                return Token(kind, at, pos + 1, name=name, attributes=attributes, self_closing=closing)
            attribute, pos = self._attribute(pos)
            if attribute is None:
                break
            if attribute.name not in seen:
                seen.add(attribute.name)
                attributes.append(attribute)
        return Token("junk", at, size)

    def _attribute(self, at: int) -> tuple[Attribute | None, int]:
        """The attribute at `at` and where it ends; None where the file ends first."""
        units, size = self.units, self.size
        name_end = _ATTR_NAME.match(units, at).end()  # type: ignore[union-attr]
        name = lower(units[at:name_end])
        pos = _SPACE.match(units, name_end).end()  # type: ignore[union-attr]
        if pos >= size or units[pos] != "=":
            return Attribute(name, at, name_end, name_end, None), pos
        pos = _SPACE.match(units, pos + 1).end()  # type: ignore[union-attr]
        if pos >= size:
            return None, size
        quote = units[pos]
        if quote == ">":
            return Attribute(name, at, pos, pos, ""), pos
        if quote in "\"'":
            end = units.find(quote, pos + 1)
            return (None, size) if end < 0 else (Attribute(name, at, pos + 1, end, quote), end + 1)
        end = _UNQUOTED.match(units, pos).end()  # type: ignore[union-attr]
        return Attribute(name, at, pos, end, ""), end

    def _raw(self) -> Iterator[Token]:
        """Text of title, script and the like, up to the end tag that fits, and that end tag."""
        begin, end = self.at, self._raw_end()
        if end > begin:
            yield Token("text", begin, end, mode=self.mode, depth=self.namespaces.depth)
        self.at, self.mode = end, "data"
        if end < self.size:
            token = self._tag(end, end + 2, "end")
            self.at = token.end
            yield self._feed_back(token)

    def _raw_end(self) -> int:
        if self.mode == "script":
            return self._script_end()
        if self.mode in ("rcdata", "rawtext"):
            close = re.compile(f"</{re.escape(self.last_tag)}(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII)
            found = close.search(self.units, self.at)
            return found.start() if found else self.size
        return self.size

    def _script_end(self) -> int:
        """The `</script` that ends a script, with the two levels of `<!-- <script>` escapes."""
        pos, level = self.at, 0
        while found := _SCRIPT_MARK.search(self.units, pos):
            mark, pos = found.group().lower(), found.end()
            if mark == "<!--":
                level = level or 1
                # `<!-->` opens and closes at once: its dashes count for both.
                pos -= 2
            elif mark == "-->":
                level = 0
            elif mark == "<script":
                level = 2 if level == 1 else level
            elif level == 2:
                level = 1
            else:
                return found.start()
        return self.size
