"""The shape of an extraction: what a client may send, what is kept of it, and what is refused."""

import html
import re
from typing import Any

from nimbus.errors import InvalidError

MAX_BLOCKS, MAX_CONTENT = 2_000, 100_000
MAX_HEAD, MAX_HEAD_TEXT = 300, 20_000
MAX_DIMENSIONS, MAX_DIMENSION = 100, 500
BLOCK_ID = re.compile(r"b-[0-9a-f]{10}(-[1-9][0-9]{0,5})?")
BLOCK_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9:_-]{0,19}")
# Their content is code or somebody else's page, never copy.
REFUSED_TYPES = frozenset(
    {"script", "style", "iframe", "frame", "object", "embed", "applet", "svg", "math", "template", "noscript"}
)
LETTER = re.compile(r"[^\W\d_]")
INLINE_TAG = re.compile(r"</?[a-z]+[0-9]+/?>")
TEXTS = ("engine", "encoding", "page_hash", "main_selector")


def clean(value: Any) -> dict[str, Any]:
    """The parts that are kept, each of the right type. Parts that are unknown are dropped."""
    extraction = mapping(value, "extraction")
    kept: dict[str, Any] = {
        name: text(extraction[name], f"extraction.{name}", 200)
        for name in TEXTS
        if extraction.get(name) is not None
    }
    kept["head"] = head(present(extraction.get("head"), {}))
    kept["dimensions"] = dimensions(present(extraction.get("dimensions"), {}))
    seen: set[str] = set()
    for name in ("above_fold_blocks", "rest_of_page_blocks"):
        kept[name] = blocks(present(extraction.get(name), []), f"extraction.{name}", seen)
    selectors = mapping(present(extraction.get("selector_map"), {}), "extraction.selector_map")
    kept["selector_map"] = {
        block: text(path, f"extraction.selector_map.{block}", 1_000)
        for block, path in selectors.items()
        if block in seen
    }
    kept["warnings"] = warnings(present(extraction.get("warnings"), []))
    refuse_textless(kept)
    return kept


def present(value: Any, otherwise: Any) -> Any:
    """`null` is as good as left out; false, 0 and an empty text are not."""
    return otherwise if value is None else value


def head(value: Any) -> dict[str, str]:
    fields = mapping(value, "extraction.head")
    if len(fields) > MAX_HEAD:
        raise InvalidError(f"A head has at most {MAX_HEAD} fields.", field="extraction.head")
    return {
        name[:100]: text(item, f"extraction.head.{name[:100]}", MAX_HEAD_TEXT)
        for name, item in fields.items()
        if item is not None
    }


def dimensions(value: Any) -> dict[str, Any]:
    fields = mapping(value, "extraction.dimensions")
    if len(fields) > MAX_DIMENSIONS:
        raise InvalidError(f"A page has at most {MAX_DIMENSIONS} dimensions.", field="extraction.dimensions")
    return {
        name: dimension(item, f"extraction.dimensions.{name[:80]}")
        for name, item in fields.items()
        if item is not None and name.strip()
    }


def dimension(value: Any, path: str) -> Any:
    """A text, a number, or a list of them."""
    if isinstance(value, str):
        return text(value, path, MAX_DIMENSION)
    if isinstance(value, list) and len(value) <= 50:
        return [dimension(item, path) for item in value if not isinstance(item, list)]
    if not isinstance(value, int | float):
        raise InvalidError("A dimension is a text, a number or a list of up to 50 texts.", field=path)
    return value


def blocks(value: Any, path: str, seen: set[str]) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise InvalidError("Blocks come as a list.", field=path)
    if len(seen) + len(value) > MAX_BLOCKS:
        raise InvalidError(f"A page has at most {MAX_BLOCKS:,} blocks.", field=path)
    return [block(item, f"{path}[{number}]", seen) for number, item in enumerate(value)]


def block(value: Any, path: str, seen: set[str]) -> dict[str, Any]:
    given = mapping(value, path)
    name = given.get("id")
    if not isinstance(name, str) or not BLOCK_ID.fullmatch(name):
        raise InvalidError("A block id reads like `b-137aacb507` or `b-137aacb507-2`.", field=f"{path}.id")
    if name in seen:
        raise InvalidError(f"The block id {name} occurs twice on this page.", field=f"{path}.id")
    seen.add(name)
    kind = given.get("type")
    if not isinstance(kind, str) or not BLOCK_TYPE.fullmatch(kind) or kind.lower() in REFUSED_TYPES:
        raise InvalidError("A block's type is the name of an element that holds copy.", field=f"{path}.type")
    kept: dict[str, Any] = {
        "id": name,
        "type": kind,
        "content": text(given.get("content"), f"{path}.content", MAX_CONTENT),
    }
    for field in ("region", "key", "hash", "attr"):
        if given.get(field) is not None:
            kept[field] = text(given[field], f"{path}.{field}", 100)
    if given.get("span") is not None:
        kept["span"] = span(given["span"], f"{path}.span")
    if given.get("above_fold") is not None:
        kept["above_fold"] = flag(given["above_fold"], f"{path}.above_fold")
    if given.get("attributes") is not None:
        kept["attributes"] = attributes(given["attributes"], f"{path}.attributes")
    return kept


def attributes(value: Any, path: str) -> dict[str, str]:
    """For people to look at. Those that carry code are dropped; nothing ever writes them back."""
    fields = mapping(value, path)
    if len(fields) > 100:
        raise InvalidError("A block has at most 100 attributes.", field=path)
    kept = {
        name: text(item, f"{path}.{name[:80]}", 5_000) for name, item in fields.items() if item is not None
    }
    return {name: item for name, item in kept.items() if is_harmless(name.lower(), item)}


def is_harmless(name: str, value: str) -> bool:
    scheme = re.sub(r"[\x00-\x20]", "", value).lower()
    runs = scheme.startswith(("javascript:", "vbscript:", "data:text"))
    return not (name.startswith("on") or name in {"style", "srcdoc"} or runs)


def span(value: Any, path: str) -> list[int]:
    # By their types, since true is an int, too.
    if type(value) is not list or [type(end) for end in value] != [int, int]:
        raise InvalidError("A span is a pair of byte positions.", field=path)
    return list(value)


def flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidError("Send true or false.", field=path)
    return value


def warnings(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise InvalidError("Warnings come as a list.", field="extraction.warnings")
    return [text(item, "extraction.warnings", 500) for item in value[:100]]


def mapping(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidError("This is a JSON object and has to be there.", field=path)
    return value


def text(value: Any, path: str, most: int) -> str:
    if not isinstance(value, str):
        raise InvalidError("This is a text.", field=path)
    if len(value) > most:
        raise InvalidError(f"This text is at most {most:,} characters.", field=path)
    return value


def refuse_textless(extraction: dict[str, Any]) -> None:
    """A page of pictures alone gives a writer nothing to do."""
    fields = extraction["head"]
    texts = [fields.get("title", ""), fields.get("metaDescription", "")]
    texts += [
        item["content"] for name in ("above_fold_blocks", "rest_of_page_blocks") for item in extraction[name]
    ]
    if not any(LETTER.search(html.unescape(INLINE_TAG.sub("", item))) for item in texts):
        raise InvalidError("The page holds no text. Leave it out.", field="extraction", code="no_text")
