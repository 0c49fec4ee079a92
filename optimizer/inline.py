"""Inline markup as the model sees it: `Read <a1>our <strong2>guide</strong2></a1><br3/>`."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass

from optimizer.errors import InlineMarkupError

TAG = re.compile(r"<(/?)([a-z]+[0-9]+)(/?)>")
BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
OTHER_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)(?:#[0-9]+|#x[0-9a-f]+|[a-z][a-z0-9]*);", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Structure:
    """What must not change: every tag below its parent, the order of atoms, which pairs hold text."""

    parents: Counter[tuple[str, str]]
    atoms: tuple[str, ...]
    empty: frozenset[str]


def structure(content: str) -> Structure:
    """Read the tags of a block's content strictly; InlineMarkupError when they are not well nested."""
    parents: Counter[tuple[str, str]] = Counter()
    atoms: list[str] = []
    empty: set[str] = set()
    stack: list[tuple[str, bool]] = [("", False)]
    for piece in pieces(content):
        match = TAG.fullmatch(piece)
        if match is None:
            if "<" in piece or ">" in piece:
                raise InlineMarkupError("holds a < that is not one of the numbered tags")
            if piece.strip():
                stack = [(name, True) for name, _ in stack]
            continue
        closing, name, atom = match.groups()
        if closing:
            opened, has_text = stack[-1]
            if opened != name or len(stack) == 1:
                raise InlineMarkupError(f"closes </{name}> where it is not open")
            stack.pop()
            if not has_text:
                empty.add(name)
            continue
        parents[(stack[-1][0], name)] += 1
        if atom:
            atoms.append(name)
        else:
            stack.append((name, False))
    if len(stack) > 1:
        raise InlineMarkupError(f"never closes <{stack[-1][0]}>")
    return Structure(parents, tuple(atoms), frozenset(empty))


def pieces(content: str) -> list[str]:
    """Cut into tags and the text between them; joined again they are the content."""
    out: list[str] = []
    at = 0
    for match in TAG.finditer(content):
        if match.start() > at:
            out.append(content[at : match.start()])
        out.append(match.group())
        at = match.end()
    if at < len(content):
        out.append(content[at:])
    return out


def plain(content: str) -> str:
    """The words of a block without tags and escapes."""
    return html.unescape(" ".join(TAG.sub(_gap, content).split()))


def parted(content: str) -> str:
    """The words of a block, where every tag parts what stands on its two sides."""
    return html.unescape(" ".join(TAG.sub(" ", content).split()))


def _gap(match: re.Match[str]) -> str:
    return " " if match.group(3) else ""


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def repair(text: str) -> str:
    """Collapse white space, and escape the lone & < > that a model or a person left as they are."""
    text = re.sub(r"[ \t\r\n\f]+", " ", text).strip(" ")
    text = "".join(piece if TAG.fullmatch(piece) else _escape_angles(piece) for piece in pieces(text))
    return text if OTHER_ENTITY.search(text) else BARE_AMPERSAND.sub("&amp;", text)


def _escape_angles(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def is_escaped(content: str) -> bool:
    """Whether a page can take this content: outside the numbered tags no bare < or >, no other escape."""
    texts = (piece for piece in pieces(content) if not TAG.fullmatch(piece))
    return not any("<" in text or ">" in text or BARE_AMPERSAND.search(text) for text in texts)
