"""The open block elements around a run: what it is called, where it stands, whether it is left alone."""

from dataclasses import dataclass

from optimizer.html.names import CLOSES_P, IMPLIED_ENDS, SECTIONS, VOID, words
from optimizer.html.selector import Selector, matches
from optimizer.html.tags import Tag
from optimizer.html.traits import Traits

# An end tag of another name never closes these, nor anything around them.
SCOPES = words("table td th caption")
TABLE_NAMES = words("table caption tbody thead tfoot tr td th html head body")
PATH_DEPTH = 16
# Elements a page has one of.
_SINGLE = words("html body head main")


@dataclass(slots=True)
class Container:
    name: str = "body"
    region: str = "body"
    is_skipped: bool = False
    is_hero: bool = False
    is_sectioned: bool = False
    # Its own id as a selector; "" when it has none that a selector can name.
    id_step: str = ""
    # Which of its parent's children of that name it is.
    count: int = 0
    # How many children of each name it has had.
    children: dict[str, int] | None = None
    open_names: dict[str, int] | None = None
    parent: "Container | None" = None
    # Its step of a CSS path, once somebody asked for it.
    known_step: str = ""

    def path(self) -> str:
        """A CSS path for people: not guaranteed to be unique."""
        steps: list[str] = []
        element: Container | None = self
        for _ in range(PATH_DEPTH):
            if element is None:
                break
            if step := element.known_step or element.step():
                steps.append(step)
            element = None if element.id_step else element.parent
        return " > ".join(reversed(steps)) or "body"

    def step(self) -> str:
        """Its step of a CSS path."""
        if self.parent is None:
            return ""
        if self.id_step or self.name in _SINGLE:
            self.known_step = self.id_step or self.name
        elif self.name.isascii():
            self.known_step = f"{self.name}:nth-of-type({self.count})"
        return self.known_step


class Containers:
    def __init__(self, hero: Selector = ()) -> None:
        root: dict[str, int] = {}
        self.hero = hero
        self.top = Container(open_names=root)
        self.stack = [self.top]
        self.frames = [root]
        self.totals: dict[str, int] = {}

    def open(self, tag: Tag, traits: Traits) -> Container:
        """Push an element, after the implied end tags of those it closes; void ones are returned only."""
        name = tag.name
        if self.top.name == "p" and name in CLOSES_P:
            self._pop()
        implied = IMPLIED_ENDS.get(name)
        while implied and self.top.name in implied:
            self._pop()
        above = self.top
        if above.children is None:
            above.children = {}
        count = above.children[name] = above.children.get(name, 0) + 1
        element = Container(
            name,
            self._region(traits.region),
            above.is_skipped or traits.is_skipped,
            above.is_hero or traits.is_hero or (bool(self.hero) and matches(self.hero, name, tag.values)),
            above.is_sectioned or name in SECTIONS,
            traits.id_step,
            count,
            parent=above,
        )
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

    def _push(self, element: Container) -> None:
        name, names = element.name, self.frames[-1]
        names[name] = names.get(name, 0) + 1
        self.totals[name] = self.totals.get(name, 0) + 1
        self.stack.append(element)
        self.top = element
        if name in SCOPES:
            element.open_names = {}
            self.frames.append(element.open_names)

    def _pop(self) -> str:
        element = self.stack.pop()
        self.top = self.stack[-1]
        if element.open_names is not None:
            self.frames.pop()
        self.frames[-1][element.name] -= 1
        self.totals[element.name] -= 1
        return element.name

    def _region(self, region: str) -> str:
        """The region a tag begins, or the one around it."""
        above = self.top
        if not region or (above.is_sectioned and region in ("header", "footer")):
            return above.region if above.region != "head" else "body"
        return region
