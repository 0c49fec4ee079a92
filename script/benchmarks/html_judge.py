"""Judges that know nothing of our engine: the tree a browser would build, and the bytes beside the edits."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import turbohtml

CODECS = {"windows-874": "cp874", "macintosh": "mac_roman", "ibm866": "cp866"}
# Values that an edit may change.
TEXT_VALUES = frozenset({"alt", "title", "aria-label", "placeholder", "value", "content"})


def skeleton(data: bytes, encoding: str) -> list[str]:
    """The tree line by line: elements, attributes, scripts, comments; not the text that may be rewritten."""
    return list(lines(turbohtml.parse(data.decode(CODECS.get(encoding, encoding), "replace"))))


def lines(tree: Any) -> Iterator[str]:
    waiting: list[tuple[int, Any]] = [(0, tree)]
    while waiting:
        depth, node = waiting.pop()
        kind = type(node).__name__
        if kind == "Element":
            if is_insertable(node):
                continue
            yield f"{depth} {node.namespace} {node.tag} {attributes(node)} {code(node)}"
        elif kind != "Text":
            yield f"{depth} {kind} {getattr(node, 'data', '')}"
        waiting += [(depth + 1, child) for child in reversed(node.children)]


def is_insertable(node: Any) -> bool:
    """A title or description that was missing may have been inserted, so neither side counts them."""
    if node.namespace != turbohtml.Namespace.HTML:
        return False
    is_description = str(node.attrs.get("name", "")).lower() == "description"
    return node.tag == "title" or (node.tag == "meta" and is_description)


def attributes(node: Any) -> list[tuple[str, str]]:
    """By name; whether a picture has an alternative text at all counts on neither side, like a title."""
    kept = [(name, value) for name, value in node.attrs.items() if (node.tag, name) != ("img", "alt")]
    return sorted((name, "" if name in TEXT_VALUES else str(value)) for name, value in kept)


def code(node: Any) -> str:
    """What runs as it stands; the strings of JSON-LD may be rewritten, its keys may not."""
    if node.tag == "script" and str(node.attrs.get("type", "")).lower() == "application/ld+json":
        return shape_of_json(node.text)
    return node.text if node.tag in ("script", "style") else ""


def shape_of_json(text: str) -> str:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items()}
        return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__

    try:
        return json.dumps(shape(json.loads(text)))
    except ValueError:
        return text


def outside(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The bytes of a page beside some spans; a span inside another belongs to it."""
    kept, at = [], 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= at:
            kept.append(data[at:start])
            at = end
    return b"\0".join([*kept, data[at:]])


def digest(value: object) -> str:
    """The same for equal JSON values, whichever language made them."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
