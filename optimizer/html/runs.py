"""Runs of inline content: paired, split where tags do not pair, and trimmed."""

from dataclasses import dataclass
from typing import Literal

from optimizer.html.chars import WS

Kind = Literal["text", "open", "close", "atom"]


@dataclass(slots=True)
class Item:
    """One part of a run; `text` is decoded, None where its bytes are invalid."""

    kind: Kind
    name: str = ""
    text: str | None = ""
    start: int = -1
    end: int = -1
    # Index of the other half of a pair; of no meaning in other items.
    partner: int = -1
    label: str = ""
    href: str = ""

    @property
    def is_blank(self) -> bool:
        return self.kind == "text" and self.text is not None and not self.text.strip(WS)


def split(items: list[Item]) -> list[list[Item]]:
    """Balanced pieces of a run: a tag without partner, or around such a tag, is a border."""
    borders: set[int] = set()
    stack: list[int] = []
    for index, item in enumerate(items):
        if item.kind == "open":
            stack.append(index)
        elif item.kind == "close":
            if stack and items[stack[-1]].name == item.name:
                stack.pop()
            else:
                borders.add(index)
    borders.update(stack)
    if not borders:
        return [items]
    borders |= _around(items, borders)
    pieces: list[list[Item]] = [[]]
    for index, item in enumerate(items):
        if index in borders:
            pieces.append([])
        else:
            pieces[-1].append(item)
    return [piece for piece in pieces if piece]


def _around(items: list[Item], borders: set[int]) -> set[int]:
    """Both halves of every pair that holds a border."""
    stack: list[tuple[int, int]] = []
    more: set[int] = set()
    found = 0
    for index, item in enumerate(items):
        if index in borders:
            found += 1
        elif item.kind == "open":
            stack.append((index, found))
        elif item.kind == "close":
            opened, before = stack.pop()
            if before < found:
                more.update((opened, index))
    return more


def link(items: list[Item]) -> None:
    """Tell both halves of every pair of a balanced piece where the other one is."""
    stack: list[int] = []
    for index, item in enumerate(items):
        if item.kind == "open":
            stack.append(index)
        elif item.kind == "close":
            item.partner = stack.pop()
            items[item.partner].partner = index


def trim(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """What is left without edge space, atoms and textless pairs, and the pairs peeled from around it."""
    link(items)
    solid = [0]
    for item in items:
        solid.append(solid[-1] + (item.kind == "text" and not item.is_blank))
    first, last = 0, len(items)
    peeled: list[Item] = []
    while first < last:
        head, tail = items[first], items[last - 1]
        if head.is_blank or head.kind == "atom":
            first += 1
        elif tail.is_blank or tail.kind == "atom":
            last -= 1
        elif head.kind == "open" and solid[head.partner] == solid[first]:
            first = head.partner + 1
        elif tail.kind == "close" and solid[tail.partner] == solid[last]:
            last = tail.partner
        elif head.kind == "open" and head.partner == last - 1:
            peeled.append(head)
            first, last = first + 1, last - 1
        else:
            break
    return items[first:last], peeled
