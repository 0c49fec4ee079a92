"""Character references, white space and letters, by rules both languages spell the same way."""

import re
from html.entities import html5

WS = "\t\n\f\r "
_WS_RUN = re.compile(r"[\t\n\f\r ]+")
# White space that is not one space already.
_UNEVEN = re.compile(r"[\t\n\f\r][\t\n\f\r ]*+| [\t\n\f\r ]++")
_REFERENCE = re.compile(r"&(?:#[xX]([0-9a-fA-F]+);?|#([0-9]+);?|([a-zA-Z][a-zA-Z0-9]*;?))")
_LOWER = {code: code + 32 for code in range(65, 91)}
_LONGEST = max(len(name) for name in html5)
# The web reads 0x80-0x9F references as windows-1252; five of them are control characters and stay.
_C1 = dict(
    zip(
        (n for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)),
        bytes(n for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)).decode("cp1252"),
        strict=True,
    )
)


def normalize_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lower(text: str) -> str:
    """ASCII lower case."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def terms(text: str) -> list[str]:
    """The words of an attribute such as class or rel, in lower case."""
    return [term for term in _WS_RUN.split(lower(text)) if term] if text else []


def collapse(text: str) -> str:
    """Every run of ASCII white space as one space; edges are kept."""
    return _UNEVEN.sub(" ", text)


def has_letter(text: str) -> bool:
    """Whether a character of Unicode category L* is in the text."""
    # A loop, because a generator costs more than the letter it finds first.
    for char in text:  # noqa: SIM110
        if char.isalpha():
            return True
    return False


def _numeric(digits: str, base: int) -> str:
    # More digits than any code point needs: the value is too big whatever they are.
    code = int(digits, base) if len(digits.lstrip("0")) < 9 else 0x110000
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return _C1.get(code) or chr(code)


def _named(name: str, follower: str, in_attribute: bool) -> tuple[str, int] | None:
    """What the longest known prefix of `name` stands for, and its length."""
    for length in range(min(len(name), _LONGEST), 1, -1):
        known = html5.get(name[:length])
        if known is None:
            continue
        after = name[length : length + 1] or follower
        # `?a=1&copy=2` is a query, not a copyright sign.
        is_query = after == "=" or (after.isascii() and after.isalnum())
        if in_attribute and is_query and not name[:length].endswith(";"):
            return None
        return known, length
    return None


def pieces(text: str, in_attribute: bool = False) -> list[tuple[str, str]]:
    """The text cut into (source, decoded): references one by one, plain text between them."""
    found: list[tuple[str, str]] = []
    at = 0
    for match in _REFERENCE.finditer(text):
        source, start = match.group(), match.start()
        if match[1] or match[2]:
            decoded = _numeric(match[1], 16) if match[1] else _numeric(match[2], 10)
        else:
            hit = _named(match[3], text[match.end() : match.end() + 1], in_attribute)
            if hit is None:
                continue
            decoded, length = hit
            source = source[: length + 1]
        if start > at:
            found.append((text[at:start], text[at:start]))
        found.append((source, decoded))
        at = start + len(source)
    if at < len(text):
        found.append((text[at:], text[at:]))
    return found


def unescape(text: str, in_attribute: bool = False) -> str:
    """The text with its character references decoded as browsers do."""
    if "&" not in text:
        return text
    return "".join(decoded for _, decoded in pieces(text, in_attribute))


def escape(text: str) -> str:
    """Plain text as block content."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
