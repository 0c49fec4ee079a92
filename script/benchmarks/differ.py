"""Says whether a page changed only where approved text was written, without our HTML engine.

Both pages are cut into tags and text by a regular expression and compared as sequences. Every difference must
be an approved text in place of its original, an approved attribute value inside an otherwise equal tag, or a
description tag that was not there before. Returned is the number of bytes that differ anywhere else.
"""

import difflib
import html
import re
from collections.abc import Iterable

TOKEN = re.compile(r"<!--.*?-->|<[^>]+>|[^<]+", re.S)
ATTRIBUTE = re.compile(r'([^\s"=<>/]+)\s*=\s*"([^"]*)"')
INLINE = re.compile(r"</?[a-z]+\d+/?>")


def plain(text: str) -> str:
    """Text as read: references resolved, white space folded."""
    return " ".join(html.unescape(text).split())


def words(approved: Iterable[str]) -> list[str]:
    """Approved texts without their numbered inline tags, as read."""
    return [plain(INLINE.sub(" ", text)) for text in approved]


def changed_outside(before: bytes, after: bytes, approved: Iterable[str]) -> int:
    if before == after:
        return 0
    allowed = words(approved)
    old, new = TOKEN.findall(before.decode()), TOKEN.findall(after.decode())
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return sum(
        outside(old[a:b], new[c:d], allowed) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"
    )


def outside(old: list[str], new: list[str], allowed: list[str]) -> int:
    """Bytes of one difference that no approved text explains."""
    if len(old) == len(new):
        return sum(cost(a, b, allowed) for a, b in zip(old, new, strict=True))
    rest = [token for token in new if not is_description(token, allowed) and token.strip()]
    rest_old = [token for token in old if token.strip()]
    if len(rest) == len(rest_old):
        return sum(cost(a, b, allowed) for a, b in zip(rest_old, rest, strict=True))
    return sum(len(token.encode()) for token in rest + rest_old)


def cost(old: str, new: str, allowed: list[str]) -> int:
    if old == new:
        return 0
    if old.startswith("<") != new.startswith("<"):
        return len(new.encode()) + len(old.encode())
    explained = same_tag(old, new, allowed) if old.startswith("<") else is_part(new, allowed)
    return 0 if explained else len(new.encode())


def is_part(text: str, allowed: list[str]) -> bool:
    read = plain(text)
    return any(read in candidate for candidate in allowed)


def same_tag(old: str, new: str, allowed: list[str]) -> bool:
    """Equal but for attribute values, and each changed value is approved text."""
    if ATTRIBUTE.sub(r'\1=""', old) != ATTRIBUTE.sub(r'\1=""', new):
        return False
    pairs = zip(ATTRIBUTE.findall(old), ATTRIBUTE.findall(new), strict=True)
    return all(a == b or plain(b[1]) in allowed for a, b in pairs)


def is_description(token: str, allowed: list[str]) -> bool:
    values = dict(ATTRIBUTE.findall(token))
    is_meta = token.lower().startswith("<meta") and values.get("name") == "description"
    return is_meta and plain(values.get("content", "")) in allowed
