"""A WHATWG tokenizer over units (one character a byte, or a UTF-16 code unit); it builds no tree.

Offsets are unit offsets into the source. Nothing is decoded: names are ASCII lower case, values are spans.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from optimizer.html.foreign import Namespaces
from optimizer.html.tags import LONGEST_CACHED, NO_TAG, Attribute, Tag, lower, read, scan

Kind = Literal["text", "start", "end", "comment", "doctype", "junk"]

RCDATA = frozenset(["title", "textarea"])
RAWTEXT = frozenset(["style", "iframe", "xmp", "noembed", "noframes", "noscript"])

# Text and the tag behind it, if written as most people write tags; it always matches, so it never searches.
_TEXT_AND_TAG = re.compile(r"""([\t\n\f\r ]*+)([^<]*+)(</?[a-zA-Z](?:[^"'<>]++|"[^"]*+"|'[^']*+')*+>)?+""")
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_MARK = re.compile(r"<!--|-->|</?script(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII)


@dataclass(slots=True)
class Token:
    kind: Kind
    start: int
    end: int
    name: str = ""
    tag: Tag = NO_TAG
    # How much white space stands before it that is no token.
    space: int = 0
    # Text: data, rcdata, rawtext, script, cdata or plaintext. Tags: empty.
    mode: str = ""
    # Open namespaces after this token: 0 is plain HTML. `foreign`: the tag itself is SVG or MathML.
    depth: int = 0
    foreign: bool = False

    @property
    def attributes(self) -> list[Attribute]:
        """The attributes of a tag, placed in the source."""
        return [self.place(attribute) for attribute in self.tag.attributes]

    @property
    def self_closing(self) -> bool:
        return self.tag.self_closing

    def place(self, attribute: Attribute) -> Attribute:
        """An attribute of the tag, by its offsets in the source."""
        a, at = attribute, self.start
        return Attribute(a.name, at + a.start, at + a.value_start, at + a.value_end, a.quote)


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
            yield from self._plain() if self.mode == "data" else self._raw()

    @property
    def ambiguous(self) -> bool:
        """Whether browsers may read a part of this page in another text mode than this tokenizer."""
        return self.namespaces.ambiguous

    def _plain(self) -> list[Token]:
        """Tokens as long as tags are written as most people write them, and the one behind them."""
        namespaces, at = self.namespaces, self.at
        depth, names = namespaces.depth, namespaces.outermost
        tokens: list[Token] = []
        add = tokens.append
        for found in _TEXT_AND_TAG.finditer(self.units, at):
            space, text, source = found.groups()
            tag = read(source) if source and len(source) <= LONGEST_CACHED else None
            if tag is None:
                self.at = at
                return tokens + self._odd()
            begin = at + len(space) + len(text)
            if text or (space and depth):
                add(Token("text", at, begin, "", NO_TAG, 0, "data", depth))
                space = ""
            at, name = found.end(), tag.name
            token = Token(tag.kind, begin, at, name, tag, len(space))
            add(token)
            if depth or tag.is_telling:
                self._feed_back(token)
                depth = namespaces.depth
                if self.mode != "data":
                    break
            else:
                count = names.get(name, 0) + tag.step
                if count >= 0:
                    names[name] = count
        self.at = at
        return tokens

    def _odd(self) -> list[Token]:
        """Text and whatever markup ends it: a comment, an unusual tag, the end of the file."""
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
        self.at = token.end if token else self.size
        tokens = [Token("text", begin, at, mode="data", depth=self.namespaces.depth)] if at > begin else []
        return [*tokens, self._feed_back(token)] if token else tokens

    def _feed_back(self, token: Token) -> Token:
        """Let the namespaces see a tag, and switch the text mode a start tag asks for."""
        tag, namespaces = token.tag, self.namespaces
        if token.kind == "start":
            token.foreign = namespaces.open(tag.name, tag.self_closing, tag.values)
            self.last_tag = tag.name
            if not token.foreign:
                self._switch(tag.name)
        elif token.kind == "end":
            token.foreign = namespaces.close(tag.name)
        token.depth = namespaces.depth
        return token

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
            return self._tag(at)
        if after == "/":
            after = units[at + 2 : at + 3]
            if after.isascii() and after.isalpha():
                return self._tag(at)
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

    def _tag(self, at: int) -> Token:
        """A whole tag; one that the file ends in is dropped, as browsers do."""
        found = scan(self.units, at)
        if found is None:
            return Token("junk", at, self.size)
        tag, end = found
        return Token(tag.kind, at, end, tag.name, tag)

    def _raw(self) -> list[Token]:
        """Text of title, script and the like, up to the end tag that fits, and that end tag."""
        begin, end = self.at, self._raw_end()
        text = Token("text", begin, end, mode=self.mode, depth=self.namespaces.depth)
        tokens = [text] if end > begin else []
        self.at, self.mode = end, "data"
        if end < self.size:
            token = self._tag(end)
            self.at = token.end
            tokens.append(self._feed_back(token))
        return tokens

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
