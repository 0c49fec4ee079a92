"""JSON as strangers send it, read strictly, so that the database never meets what it can't hold.

Programs write JSON in one plain way, and orjson reads that in half the time. Where it would not write the
value back byte by byte (a name stands twice, a number is too long, there are spaces), we read strictly.
"""

import json
import math
from typing import Any, NoReturn

import orjson

from nimbus.errors import NimbusError

MAX_DEPTH = 32
INT64 = 2**63
HOLDERS = (dict, list)


class MalformedError(NimbusError):
    """Not JSON in UTF-8, or JSON with something in it that nobody should send."""

    code = "malformed"
    status = 400
    message = "Send JSON in UTF-8."


def loads(data: bytes) -> Any:
    """The value of `data`; MalformedError says what is wrong and where."""
    # An escaped character may be one that nobody can keep.
    if b"\\" not in data or b"\\u" not in data:
        try:
            value = orjson.loads(data)
            if orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == data and not _is_deep(value):
                return value
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return read_strictly(data)
    return read_strictly(data)


def read_strictly(data: bytes) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError(f"Byte {error.start + 1} is not UTF-8. Send JSON in UTF-8.") from None
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError:
        raise MalformedError(f"Nest values at most {MAX_DEPTH} deep.") from None
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}. Send one JSON value."
        ) from None
    # Only an escape can spell a NUL or half a surrogate pair: JSON refuses the raw one, UTF-8 the other.
    if "\\u" in text or _is_deep(value):
        _check(value, "", 1, check_text="\\u" in text)
    return value


def _is_deep(value: Any) -> bool:
    """Whether it is nested too deep; level by level, since one call a value would take most of the time."""
    level = [value] if type(value) in HOLDERS else []
    for _ in range(MAX_DEPTH):
        level = [
            item
            for holder in level
            for item in (holder.values() if type(holder) is dict else holder)
            if type(item) in HOLDERS
        ]
    return bool(level)


def _check(value: Any, path: str, depth: int, check_text: bool) -> None:
    if isinstance(value, str):
        if check_text:
            check_text_of(value, path)
        return
    if not isinstance(value, dict | list):
        return
    if depth > MAX_DEPTH:
        raise MalformedError(f"Nest values at most {MAX_DEPTH} deep.", field=path.lstrip("."))
    if isinstance(value, dict):
        for name, item in value.items():
            if check_text:
                check_text_of(name, path)
            _check(item, f"{path}.{name}", depth + 1, check_text)
    else:
        for number, item in enumerate(value):
            _check(item, f"{path}[{number}]", depth + 1, check_text)


def check_text_of(text: str, path: str) -> None:
    """Neither PostgreSQL nor UTF-8 can hold these."""
    if "\0" in text:
        raise MalformedError("A text holds the character U+0000. Leave it out.", field=path.lstrip(".")[:200])
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedError(
            "A text holds half of a surrogate pair. Send whole characters.",
            field=path.lstrip(".")[:200].encode(errors="replace").decode(),
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                shown = name.encode(errors="replace").decode()[:80]
                raise MalformedError(f"The key “{shown}” occurs twice in one object.", field=shown)
            seen.add(name)
    return value


def _constant(name: str) -> NoReturn:
    raise MalformedError(f"{name} is not JSON. Send a number or null.")


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise MalformedError("A number is too large.")
    return value


def _int(digits: str) -> int:
    if len(digits) > 20 or not -INT64 <= int(digits) < INT64:
        raise MalformedError("A whole number is larger than 64 bits.")
    return int(digits)
