"""Word diff of two texts with numbered tags: two lines, before and after, never interleaved."""

import html
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

TOKEN = re.compile(r"&(?:amp|lt|gt);|</?[a-z]*\d+/?>|\w+(?:[’'-]\w+)*|\s+|[^\w\s]")
TAG = re.compile(r"</?([a-z]*\d+)/?>")
# A repainted sentence reads worse than none.
KEPT_AT_LEAST = 0.3
SHORT_WORD = 3

Run = tuple[bool, list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind` is same, del, ins or tag; a tag shows its name, as `a1` or `/a1`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Diff:
    before: list[Piece]
    after: list[Piece]


def compare(before: str, after: str) -> Diff:
    """The text of blocks is escaped; what is shown is not."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    runs = join(match(old, new))
    if not before or not after or not keeps_enough(runs, old):
        return Diff(paint(old, "same"), paint(new, "same"))
    return Diff(
        [piece for same, left, _ in runs for piece in paint(left, "same" if same else "del")],
        [piece for same, _, right in runs for piece in paint(right, "same" if same else "ins")],
    )


def match(old: list[str], new: list[str]) -> list[Run]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(op == "equal", old[a:b], new[c:d]) for op, a, b, c, d in matcher.get_opcodes()]


def join(runs: list[Run]) -> list[Run]:
    """Small equal runs between two changes become part of one change."""
    marked = [
        (same and not (0 < at < len(runs) - 1 and is_small(left)), left, right)
        for at, (same, left, right) in enumerate(runs)
    ]
    joined: list[Run] = []
    for same, group in groupby(marked, key=lambda run: run[0]):
        parts = list(group)
        joined.append(
            (same, [t for _, left, _ in parts for t in left], [t for *_, right in parts for t in right])
        )
    return joined


def is_small(tokens: list[str]) -> bool:
    words = [token for token in tokens if is_word(token)]
    has_tag = any(TAG.fullmatch(token) for token in tokens)
    return not has_tag and len(words) <= 1 and all(len(word) <= SHORT_WORD for word in words)


def is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"


def keeps_enough(runs: list[Run], old: list[str]) -> bool:
    words = sum(map(is_word, old))
    kept = sum(is_word(token) for same, left, _ in runs if same for token in left)
    return words == 0 or kept / words >= KEPT_AT_LEAST


def paint(tokens: list[str], kind: str) -> list[Piece]:
    """Neighbouring tokens become one piece; space at the edges of a mark stays unmarked."""
    pieces: list[Piece] = []
    for is_tag, group in groupby(tokens, key=lambda token: TAG.fullmatch(token) is not None):
        texts = list(group)
        if is_tag:
            pieces += [Piece("tag", token.strip("<>").removesuffix("/")) for token in texts]
        else:
            pieces += trim(html.unescape("".join(texts)), kind)
    return pieces


def trim(text: str, kind: str) -> list[Piece]:
    core = text.strip()
    if kind == "same" or not core:
        return [Piece("same", text)]
    head, _, tail = text.partition(core)
    marked = [Piece("same", head), Piece(kind, core), Piece("same", tail)]
    return [piece for piece in marked if piece.text]
