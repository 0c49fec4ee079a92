"""The texts in a page's JSON-LD that search results show: `headline`, `description` and `name`.

The whole script must be valid JSON, else nothing of it is offered: what is not understood is not touched.
"""

import re
from dataclasses import dataclass, field

from optimizer.html.blocks import Block
from optimizer.html.chars import WS, collapse, escape, has_letter, lower
from optimizer.html.inline import has_control
from optimizer.html.names import words
from optimizer.html.regions import Container
from optimizer.html.source import Source
from optimizer.html.tokenizer import Token

TYPE, MEDIA_TYPE = "json-ld", "application/ld+json"
FIELDS = words("headline description name")
# What these are called is a fact, not copy.
PROPER = words(
    "Person Organization Corporation LocalBusiness Brand Place City Country State AdministrativeArea "
    "ContactPoint PostalAddress WebSite"
)
# Who has one of these is a person, a place or one of the hundreds of kinds of business.
PROPER_KEYS = words("address telephone email geo logo priceRange openingHours givenName familyName jobTitle")
_SPACE = re.compile(r"[\t\n\r ]*")
_SPECIAL = re.compile(r'["\\\x00-\x1f]')
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_NAMESPACE = re.compile(r".*[/:#]", re.DOTALL)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Nothing that could end the script or begin a comment in it, and no line end of JavaScript.
_WRITTEN = {'"': '\\"', "\\": "\\\\"} | {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class MalformedError(ValueError):
    """This script is not JSON."""


class JsonLd:
    """The JSON-LD of a page: its texts as blocks, and all that stands around them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.rest: list[str] = []
        self.is_broken = False

    def take(self, token: Token, place: Container) -> None:
        """Look at the text of a script."""
        script = self.source.units[token.start : token.end]
        try:
            texts = Reader(script).texts
        except MalformedError:
            self.is_broken = True
            return
        at = 0
        for name, start, end in texts:
            content = self._content(token.start + start, token.start + end)
            if content is not None:
                self.rest.append(script[at:start])
                at = end
                self.blocks.append(self._block(name, content, token.start + start, token.start + end, place))
        self.rest.append(script[at:])

    def _content(self, start: int, end: int) -> str | None:
        """The text of a string; None where it is no copy, or would not come back as it was."""
        raw = self.source.decode(start, end)
        text = None if raw is None else unescape(raw)
        if text is None or has_control(text):
            return None
        text = collapse(text).strip(WS)
        return text if has_letter(text) else None

    def _block(self, name: str, content: str, start: int, end: int, place: Container) -> Block:
        attr = f"ld-{name}"
        return Block(
            TYPE, escape(content), start, end, "head", attr=attr, attributes={"attr": attr}, place=place
        )


def is_json_ld(name: str, media_type: str) -> bool:
    return name == "script" and lower(media_type.strip(WS)) == MEDIA_TYPE


def unescape(text: str) -> str | None:
    """What a JSON string stands for; None where a half of a surrogate pair stands alone."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[2], 16)) if match[2] else _SHORT.get(match[1], match[1])

    halves = _ESCAPE.sub(plain, text)
    try:
        return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None


def write(text: str, is_unicode: bool) -> str:
    """Text as the inside of a JSON string in a script; beyond ASCII only where the page is in Unicode."""
    return "".join(_WRITTEN.get(char) or (char if is_unicode else _ascii(char)) for char in text)


def _ascii(char: str) -> str:
    if char.isascii():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


@dataclass(slots=True)
class Frame:
    """An open object or array."""

    end: str
    # What its next value belongs to: the key before it, or that of the array.
    key: str
    # A context says what names mean; nothing in it is copy.
    is_quiet: bool
    is_begun: bool = False
    keys: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    types: list[str] = field(default_factory=list)
    texts: list[tuple[str, int, int]] = field(default_factory=list)

    def take_key(self, key: str) -> None:
        if key in self.keys:
            self.repeated.add(key)
        self.keys.add(key)
        self.key = key

    def offered(self) -> list[tuple[str, int, int]]:
        """Its texts, without those whose key comes twice: readers take one or the other."""
        is_proper = not (PROPER.isdisjoint(self.types) and PROPER_KEYS.isdisjoint(self.keys))
        hidden = self.repeated | ({"name"} if is_proper else set())
        return [text for text in self.texts if text[0] not in hidden]


class Reader:
    """Reads JSON strictly, without building it; `texts` are (field, start, end) between the quotes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.frames: list[Frame] = []
        self.texts: list[tuple[str, int, int]] = []
        self._value()
        while self.frames:
            self._entry()
        if self._peek():
            raise MalformedError
        self.texts.sort(key=lambda text: text[1])

    def _entry(self) -> None:
        """The next entry of the innermost object or array, or its end."""
        frame = self.frames[-1]
        if self._peek() == frame.end:
            self.at += 1
            self.texts += frame.offered()
            self.frames.pop()
            return
        if frame.is_begun:
            self._take(",")
        frame.is_begun = True
        if frame.end == "}":
            start, end = self._string()
            self._take(":")
            frame.take_key(unescape(self.text[start:end]) or "")
        self._value()

    def _value(self) -> None:
        frame = self.frames[-1] if self.frames else Frame("", "", False)
        mark = self._peek()
        if mark in ("{", "["):
            self.at += 1
            is_quiet = frame.is_quiet or frame.key == "@context"
            self.frames.append(Frame("}" if mark == "{" else "]", frame.key, is_quiet))
        elif mark == '"':
            self._note(frame, *self._string())
        elif scalar := _SCALAR.match(self.text, self.at):
            self.at = scalar.end()
        else:
            raise MalformedError

    def _note(self, frame: Frame, start: int, end: int) -> None:
        if frame.key == "@type":
            owner = self.frames[-2] if frame.end == "]" else frame
            owner.types.append(_NAMESPACE.sub("", self.text[start:end]))
        elif frame.end == "}" and frame.key in FIELDS and not frame.is_quiet:
            frame.texts.append((frame.key, start, end))

    def _string(self) -> tuple[int, int]:
        """Where the string here begins and ends, without its quotes."""
        self._take('"')
        start = self.at
        while found := _SPECIAL.search(self.text, self.at):
            self.at = found.end()
            if found.group() == '"':
                return start, found.start()
            escaped = _ESCAPE.match(self.text, found.start())
            if escaped is None:
                break
            self.at = escaped.end()
        raise MalformedError

    def _peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def _take(self, mark: str) -> None:
        if self._peek() != mark:
            raise MalformedError
        self.at += 1
