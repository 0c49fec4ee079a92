"""No invisible, reordering or broken characters that the original did not have. Refuses."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict

ABOUT = "It holds no invisible, reordering or broken characters."
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
# Look like nothing, yet count as letters or symbols.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffd")
EMOJI_JOINER = re.compile(r"(?<=[\U0001f000-\U0001ffff\u2600-\u27bf\ufe0f])\u200d")


def check(subject: Subject) -> Iterator[Verdict]:
    if hidden(subject.new) - hidden(subject.old):
        yield Verdict("characters", "refuse", "It holds invisible or control characters.")
    if _tallest(subject.new) > max(4, _tallest(subject.old)):
        yield Verdict("characters", "refuse", "It piles up combining marks.")


def hidden(text: str) -> Counter[str]:
    text = EMOJI_JOINER.sub("", text)
    return Counter(
        c for c in text if c in BLANK or ((not c.isascii() or c < " " or c == "\x7f") and _is_hidden(c))
    )


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in HIDDEN


def _tallest(text: str) -> int:
    if text.isascii():
        return 0
    tallest = height = 0
    for character in text:
        height = height + 1 if unicodedata.combining(character) else 0
        tallest = max(tallest, height)
    return tallest
