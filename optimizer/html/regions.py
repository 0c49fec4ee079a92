"""The open block elements around a run: what it is called, where it stands, whether it is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.html.chars import lower, terms
from optimizer.html.names import CLOSES_P, IMPLIED_ENDS, REGIONS, ROLES, SECTIONS, SKIPPED, VOID, words
from optimizer.html.selector import Selector, matches

# An end tag of another name never closes these, nor anything around them.
SCOPES = words("table td th caption")
TABLE_NAMES = words("table caption tbody thead tfoot tr td th html head body")
PATH_DEPTH = 16
_ID_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_ID_REST = _ID_FIRST | frozenset("0123456789_-")


@dataclass(slots=True)
class Container:
    name: str = "body"
    region: str = "body"
    is_skipped: bool = False
    is_hero: bool = False
    is_sectioned: bool = False
    # Its own step of a CSS path, and how many children of each name it has had.
    step: str = ""
    has_id: bool = False
    children: dict[str, int] = field(default_factory=dict)
    open_names: dict[str, int] | None = None


def is_left_alone(values: Mapping[str, str], besides: str = "") -> bool:
    """Whether the page asks not to touch an element, or hides it, `besides` by this attribute."""
    if not values:
        return False
    style = "".join(terms(values.get("style", "")))
    return (
        "hidden" in values
        # Icons are often left open: then all that follows would count as hidden.
        or (besides != "aria-hidden" and lower(values.get("aria-hidden", "")) == "true")
        or lower(values.get("translate", "")) == "no"
        or "notranslate" in terms(values.get("class", ""))
        or "skip" in terms(values.get("data-nimbus", ""))
        or "display:none" in style
        or "visibility:hidden" in style
    )


class Containers:
    def __init__(self, hero: Selector = ()) -> None:
        root: dict[str, int] = {}
        self.hero = hero
        self.stack = [Container(open_names=root)]
        self.frames = [root]
        self.totals: dict[str, int] = {}

    @property
    def top(self) -> Container:
        return self.stack[-1]

    def open(self, name: str, values: Mapping[str, str]) -> Container:
        """Push an element, after the implied end tags of those it closes; void ones are returned only."""
        if name in CLOSES_P and self.top.name == "p":
            self._pop()
        implied = IMPLIED_ENDS.get(name)
        while implied and self.top.name in implied:
            self._pop()
        above = self.top
        count = above.children.get(name, 0) + 1
        above.children[name] = count
        element = Container(
            name,
            self._region(name, values),
            above.is_skipped or name in SKIPPED or is_left_alone(values),
            above.is_hero or self._is_hero(name, values),
            above.is_sectioned or name in SECTIONS,
        )
        element.step, element.has_id = self._step(name, count, values)
        if name not in VOID:
            self._push(element)
        return element

    def skip_rest(self) -> None:
        """Leave alone whatever follows in every open element."""
        for element in self.stack:
            element.is_skipped = True

    def close(self, name: str) -> None:
        """Pop up to the innermost element of that name, if one is in scope."""
        names = self.totals if name in TABLE_NAMES else self.frames[-1]
        if names.get(name, 0) > 0:
            while self._pop() != name:
                pass

    def path(self) -> str:
        """A CSS path for people: not guaranteed to be unique."""
        steps: list[str] = []
        for element in reversed(self.stack[-PATH_DEPTH:]):
            if element.step:
                steps.append(element.step)
            if element.has_id:
                break
        return " > ".join(reversed(steps)) or "body"

    def _push(self, element: Container) -> None:
        self.frames[-1][element.name] = self.frames[-1].get(element.name, 0) + 1
        self.totals[element.name] = self.totals.get(element.name, 0) + 1
        self.stack.append(element)
        if element.name in SCOPES:
            element.open_names = {}
            self.frames.append(element.open_names)

    def _pop(self) -> str:
        element = self.stack.pop()
        if element.open_names is not None:
            self.frames.pop()
        self.frames[-1][element.name] -= 1
        self.totals[element.name] -= 1
        return element.name

    def _is_hero(self, name: str, values: Mapping[str, str]) -> bool:
        return "hero" in terms(values.get("data-nimbus", "")) or matches(self.hero, name, values)

    def _region(self, name: str, values: Mapping[str, str]) -> str:
        if name == "head":
            return "head"
        above = self.top
        region = ROLES.get(lower(values.get("role", "")), name)
        if region not in REGIONS or (above.is_sectioned and region in ("header", "footer")):
            return above.region if above.region != "head" else "body"
        return region

    def _step(self, name: str, count: int, values: Mapping[str, str]) -> tuple[str, bool]:
        own_id = values.get("id", "")
        if own_id and own_id[0] in _ID_FIRST and _ID_REST.issuperset(own_id):
            return f"#{own_id}", True
        if name in ("html", "body", "head", "main"):
            return name, False
        return (f"{name}:nth-of-type({count})" if name.isascii() else ""), False
