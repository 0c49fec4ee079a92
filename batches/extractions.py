"""The shape of an extraction: what a client may send, what is kept of it, and what is refused."""

import functools
import html
import itertools
import re
from collections.abc import Callable
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
    kept = []
    for number, item in enumerate(value):
        try:
            kept.append(block(item, seen))
        except InvalidError as error:
            # Places are named where something is wrong there, since there are fifty blocks a page.
            error.field = f"{path}[{number}]{error.field}"
            raise
    return kept


def block(value: Any, seen: set[str]) -> dict[str, Any]:
    """Fields at fault are named from here on, as in `.id`."""
    given = mapping(value, "")
    name, kind, content = given.get("id"), given.get("type"), given.get("content")
    if type(name) is not str or not BLOCK_ID.fullmatch(name):
        raise InvalidError("A block id reads like `b-137aacb507` or `b-137aacb507-2`.", field=".id")
    if name in seen:
        raise InvalidError(f"The block id {name} occurs twice on this page.", field=".id")
    seen.add(name)
    if type(kind) is not str or not holds_copy(kind):
        raise InvalidError("A block's type is the name of an element that holds copy.", field=".type")
    kept: dict[str, Any] = {"id": name, "type": kind, "content": text(content, ".content", MAX_CONTENT)}
    for field, part in given.items():
        if part is not None and (check := PARTS.get(field)):
            kept[field] = check(part, field)
    return kept


@functools.lru_cache(1_000)
def holds_copy(kind: str) -> bool:
    return bool(BLOCK_TYPE.fullmatch(kind)) and kind.lower() not in REFUSED_TYPES


def short(value: Any, field: str) -> str:
    # A name of each block's field is made where it is needed only: there are three hundred a page.
    if type(value) is str and len(value) <= 100:
        return value
    return text(value, f".{field}", 100)


def attributes(value: Any, field: str) -> dict[str, str]:
    """For people to look at. Those that carry code are dropped; nothing ever writes them back."""
    fields = mapping(value, f".{field}")
    if len(fields) > 100:
        raise InvalidError("A block has at most 100 attributes.", field=f".{field}")
    kept = {
        name: text(item, f".{field}.{name[:80]}", 5_000) for name, item in fields.items() if item is not None
    }
    return {name: item for name, item in kept.items() if is_harmless(name.lower(), item)}


def is_harmless(name: str, value: str) -> bool:
    scheme = re.sub(r"[\x00-\x20]", "", value).lower()
    runs = scheme.startswith(("javascript:", "vbscript:", "data:text"))
    return not (name.startswith("on") or name in {"style", "srcdoc"} or runs)


def span(value: Any, field: str) -> list[int]:
    # By their types, since true is an int, too.
    if type(value) is not list or len(value) != 2 or not type(value[0]) is type(value[1]) is int:
        raise InvalidError("A span is a pair of byte positions.", field=f".{field}")
    return list(value)


def flag(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidError("Send true or false.", field=f".{field}")
    return value


# What a block may have beside its text, and who looks at it.
PARTS: dict[str, Callable[[Any, str], Any]] = {
    "region": short,
    "key": short,
    "hash": short,
    "attr": short,
    "span": span,
    "above_fold": flag,
    "attributes": attributes,
}


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
    heads = (fields.get("title", ""), fields.get("metaDescription", ""))
    blocks = itertools.chain(extraction["above_fold_blocks"], extraction["rest_of_page_blocks"])
    texts = itertools.chain(heads, (block["content"] for block in blocks))
    if not any(LETTER.search(html.unescape(INLINE_TAG.sub("", item))) for item in texts):
        raise InvalidError("The page holds no text. Leave it out.", field="extraction", code="no_text")
