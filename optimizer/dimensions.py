"""Read a page's dimensions (place, brand, service …) by a project's rules.

A rule is one of
    {"type": "url", "pattern": "/{location}/{brand}/{service}.html"}
    {"type": "regex", "pattern": "^/shops/(?P<location>[^/]+)"}
    {"type": "data", "attribute": "data-location", "name": "location"}
    {"type": "meta", "meta": "shop:brand", "name": "brand"}
    {"type": "map", "pages": {"/a.html": {"location": "Berlin"}}}
The first rule that names a dimension decides its value.
`gulp-nimbus/lib/dimensions.js` is the twin; `spec/dimensions.json` keeps both equal.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

MAX_RULES = 50
MAX_PATTERN = 200
MAX_VALUE = 200
# A tenant's regular expression runs on our machines: the rules below keep its time polynomial and small.
MAX_REGEX_SUBJECT = 120
MAX_REPEATS = 4

SPACES = re.compile(r"[ \t\n\f\r]+")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_]{0,39})\}|(\*)")
REGEX_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\)[*+{]|[*+{]|\(\?(?!P?<[A-Za-z]|:)", re.DOTALL)

type Rule = Mapping[str, Any]
type Tag = tuple[str, Mapping[str, str]]


class RuleError(ValueError):
    """A rule that cannot be followed; the message says why."""


def check(rules: Sequence[Rule]) -> None:
    """Raise RuleError for the first rule that is wrong."""
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        raise RuleError(f"Dimension rules are a list of at most {MAX_RULES} rules.")
    for number, rule in enumerate(rules, 1):
        kind = rule.get("type") if isinstance(rule, Mapping) else None
        reason = CHECKS[kind](rule) if isinstance(kind, str) and kind in CHECKS else _unknown(rule)
        if reason:
            raise RuleError(f"Dimension rule {number}: {reason}")


def needs_tags(rules: Sequence[Rule]) -> bool:
    """Whether some rule looks into the page, not only at its address."""
    return any(rule["type"] in {"data", "meta"} for rule in rules)


def read(rules: Sequence[Rule], path: str, tags: Iterable[Tag] = ()) -> dict[str, str]:
    """The dimensions of the page at a canonical path; `tags` are its start tags with their attributes."""
    check(rules)
    tags = list(tags) if needs_tags(rules) else []
    found: dict[str, str] = {}
    for rule in rules:
        for name, value in READERS[rule["type"]](rule, path, tags):
            clean = SPACES.sub(" ", value).strip(" ")[:MAX_VALUE].strip(" ")
            if clean:
                found.setdefault(name, clean)
    return found


def _unknown(rule: Any) -> str:
    return f"its `type` is one of {', '.join(CHECKS)}."


def _text(rule: Rule, key: str) -> str:
    value = rule.get(key)
    is_good = isinstance(value, str) and 0 < len(value) <= MAX_PATTERN
    return "" if is_good else f"`{key}` is a text of at most {MAX_PATTERN} characters."


def _name(rule: Rule) -> str:
    name = rule.get("name")
    is_good = isinstance(name, str) and NAME.fullmatch(name)
    return "" if is_good else "`name` is letters, digits and `_`, such as `location`."


def _check_url(rule: Rule) -> str:
    reason = _text(rule, "pattern")
    if not reason and not rule["pattern"].startswith("/"):
        reason = "`pattern` starts with `/`."
    if not reason and any(
        len(PLACEHOLDER.findall(part)) > MAX_REPEATS for part in rule["pattern"].split("/")
    ):
        reason = f"`pattern` has at most {MAX_REPEATS} places between two slashes."
    return reason


def _check_regex(rule: Rule) -> str:
    reason = _text(rule, "pattern")
    if reason:
        return reason
    parts = REGEX_PARTS.findall(rule["pattern"])
    if any(
        part[:2] in {")*", ")+", "){", "(?"} or re.fullmatch(r"\\[^bBdDsSwW\W_]|\\_", part) for part in parts
    ):
        return "`pattern` has no repeated group, look-around, back reference or flag."
    if sum(part in {"*", "+", "{"} for part in parts) > MAX_REPEATS:
        return f"`pattern` has at most {MAX_REPEATS} repeats."
    try:
        names = _compile(rule["pattern"]).groupindex
    except re.error:
        return "`pattern` is no regular expression."
    return "" if names else "`pattern` names no group, such as `(?P<location>[^/]+)`."


def _check_map(rule: Rule) -> str:
    pages = rule.get("pages")
    is_good = isinstance(pages, Mapping) and all(
        isinstance(entry, Mapping)
        and all(isinstance(value, str) and NAME.fullmatch(name) for name, value in entry.items())
        for entry in pages.values()
    )
    return "" if is_good else '`pages` maps paths to dimensions, such as {"/a.html": {"location": "Berlin"}}.'


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern), re.ASCII)


def _from_url(rule: Rule, path: str, tags: list[Tag]) -> Iterator[tuple[str, str]]:
    wanted = [part for part in rule["pattern"].split("/") if part]
    if wanted and wanted[-1] == "index.html":
        wanted.pop()
    given = [part for part in path.split("/") if part]
    if len(wanted) != len(given):
        return
    values: dict[str, str] = {}
    for part, segment in zip(wanted, given, strict=True):
        names, expression = _segment_expression(part)
        match = expression.fullmatch(unquote(segment))
        if not match:
            return
        for name, value in zip(names, match.groups(), strict=True):
            values.setdefault(name, value)
    yield from values.items()


def _segment_expression(part: str) -> tuple[list[str], re.Pattern[str]]:
    names: list[str] = []
    pieces: list[str] = []
    at = 0
    for place in PLACEHOLDER.finditer(part):
        pieces.append(re.escape(part[at : place.start()]))
        pieces.append("(.+?)" if place[1] else ".*?")
        names += [place[1]] if place[1] else []
        at = place.end()
    return names, re.compile("".join([*pieces, re.escape(part[at:])]), re.DOTALL)


def _from_regex(rule: Rule, path: str, tags: list[Tag]) -> Iterator[tuple[str, str]]:
    match = _compile(rule["pattern"]).search(unquote(path)[:MAX_REGEX_SUBJECT])
    yield from ((name, value or "") for name, value in (match.groupdict() if match else {}).items())


def _from_data(rule: Rule, path: str, tags: list[Tag]) -> Iterator[tuple[str, str]]:
    attribute = rule["attribute"].lower()
    yield from ((rule["name"], values[attribute]) for _, values in tags if attribute in values)


def _from_meta(rule: Rule, path: str, tags: list[Tag]) -> Iterator[tuple[str, str]]:
    wanted = rule["meta"].lower()
    for name, values in tags:
        if name == "meta" and wanted in {values.get("name", "").lower(), values.get("property", "").lower()}:
            yield rule["name"], values.get("content", "")


def _from_map(rule: Rule, path: str, tags: list[Tag]) -> Iterator[tuple[str, str]]:
    yield from rule["pages"].get(path, {}).items()


CHECKS = {
    "url": _check_url,
    "regex": _check_regex,
    "data": lambda rule: _text(rule, "attribute") or _name(rule),
    "meta": lambda rule: _text(rule, "meta") or _name(rule),
    "map": _check_map,
}
READERS = {"url": _from_url, "regex": _from_regex, "data": _from_data, "meta": _from_meta, "map": _from_map}
