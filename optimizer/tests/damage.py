"""Ways in which a model spoils a text, and edits that harm nothing: what the checks are measured with."""

import re
from collections.abc import Callable
from random import Random

from optimizer import inline
from optimizer.checks.languages import SMALL_WORDS
from optimizer.tests.foreign import SENTENCES

PAIR = re.compile(r"<([a-z]+[0-9]+)>(.*?)</\1>")
DIGITS = re.compile(r"\d+")
WORDS = re.compile(r"[^\W\d_]+")
FILLER = sorted(SMALL_WORDS["en"])

type Change = Callable[[str, Random], str | None]


def in_texts(content: str, change: Callable[[str], str]) -> str:
    parts = inline.pieces(content)
    return "".join(part if inline.TAG.fullmatch(part) else change(part) for part in parts)


def letters(content: str) -> int:
    return sum(map(str.isalpha, inline.plain(content)))


def _pair(content: str, draw: Random) -> re.Match[str] | None:
    pairs = list(PAIR.finditer(content))
    return draw.choice(pairs) if pairs else None


def tag_dropped(content, draw):
    pair = _pair(content, draw)
    return pair and content[: pair.start()] + pair[2] + content[pair.end() :]


def tag_duplicated(content, draw):
    pair = _pair(content, draw)
    return pair and f"{content} <{pair[1]}>more</{pair[1]}>"


def tag_renamed(content, draw):
    pair = _pair(content, draw)
    return pair and content.replace(f"<{pair[1]}>", "<em77>").replace(f"</{pair[1]}>", "</em77>")


def tag_unclosed(content, draw):
    pair = _pair(content, draw)
    return pair and content.replace(f"</{pair[1]}>", "", 1)


def tag_moved(content, draw):
    """One pair is put inside another."""
    pairs = [p for p in PAIR.finditer(content) if "<" not in p[2]]
    if len(pairs) < 2:
        return None
    one, other = pairs[0], pairs[1]
    nested = f"<{one[1]}>{one[2]} {other[0]}</{one[1]}>"
    return content[: one.start()] + nested + content[one.end() : other.start()] + content[other.end() :]


def tag_emptied(content, draw):
    pair = _pair(content, draw)
    return (
        pair
        and content[: pair.start()] + f"<{pair[1]}></{pair[1]}>" + re.sub(r"<[^>]+>", "", pair[2])
        + content[pair.end() :]
    )  # fmt: skip


def appended(text: str) -> Change:
    return lambda content, draw: f"{content} {text}"


def prefixed(text: str) -> Change:
    return lambda content, draw: text + content


def shouted(content, draw):
    return in_texts(content, str.upper) if letters(content) >= 4 else None


def doubled(content, draw):
    found = [m for m in re.finditer(r"(?<![\w<>/'’&;.\-])[^\W\d_]{2,}(?![\w>'’;\-])", content)]
    if not found:
        return None
    word = draw.choice(found)
    return content[: word.end()] + " " + content[word.start() :]


def bold(content, draw):
    plain = WORDS.search(inline.plain(content))
    return plain and content.replace(plain[0], f"**{plain[0]}**", 1)


def escaped_twice(content, draw):
    return f"{content} &amp;amp; more"


def number_changed(content, draw):
    found = [m for m in DIGITS.finditer(inline.TAG.sub(lambda m: "x" * len(m[0]), content))]
    if not found:
        return None
    at = draw.choice(found)
    return content[: at.start()] + str(int(at[0]) + draw.randint(1, 9)) + content[at.end() :]


def number_dropped(content, draw):
    found = [m for m in DIGITS.finditer(inline.TAG.sub(lambda m: "x" * len(m[0]), content))]
    if not found:
        return None
    at = draw.choice(found)
    left = content[: at.start()] + content[at.end() :]
    return left if WORDS.search(inline.plain(left)) else None


def cut(content, draw):
    words = inline.plain(content).split()
    if len(words) < 8 or inline.TAG.search(content):
        return None
    return inline.escape(" ".join(words[: len(words) // 4]))


def trailed_off(content, draw):
    words = content.split(" ")
    if len(words) < 6 or inline.TAG.search(content):
        return None
    return " ".join(words[: len(words) * 3 // 4]) + "…"


def lengthened(content, draw):
    plain = inline.plain(content)
    wanted = max(len(plain) * 0.7, 48)
    more = ""
    while len(more) < wanted:
        more += " " + draw.choice(FILLER)
    return content + more


def in_language(content: str, draw: Random, own: str) -> str | None:
    """As much text as before, in another language."""
    if letters(content) < 40 or inline.TAG.search(content):
        return None
    language = draw.choice([name for name in SENTENCES if name != own])
    sentences = draw.sample(SENTENCES[language], len(SENTENCES[language]))
    words = " ".join(sentences).split()
    text = ""
    while words and len(text) < len(content) * 0.9:
        text = f"{text} {words.pop(0)}".strip()
    return text if letters(text) >= 40 else None


def _any_cut(content, draw):
    return cut(content, draw) or trailed_off(content, draw)


DAMAGE: dict[str, Change] = {
    "tag dropped": tag_dropped,
    "tag duplicated": tag_duplicated,
    "tag renamed": tag_renamed,
    "tag unclosed": tag_unclosed,
    "tag moved": tag_moved,
    "tag emptied": tag_emptied,
    "real HTML": appended("<strong>now</strong>"),
    "script": appended("<script>alert(1)</script>"),
    "markdown": bold,
    "code fence": lambda content, draw: f"```\n{content}\n```",
    "preamble": prefixed("Here is the optimized version: "),
    "label": prefixed("Optimized: "),
    "quotes": lambda content, draw: f"“{content}”",
    "capitals": shouted,
    "emoji": appended("🚀"),
    "doubled word": doubled,
    "double escape": escaped_twice,
    "zero width": lambda content, draw: content[:1] + "\u200b" + content[1:],
    "control character": appended("\x07"),
    "invented number": lambda content, draw: f"{content} {draw.randint(1100, 98000)}",
    "invented price": lambda content, draw: f"{content} From £{draw.randint(1100, 98000)}.",
    "invented phone": lambda content, draw: f"{content} Call 0800 {draw.randint(100, 999)} 4321.",
    "invented URL": appended("See www.elsewhere-shop.com"),
    "invented e-mail": appended("Write to hello@elsewhere-shop.com"),
    "number changed": number_changed,
    "number dropped": number_dropped,
    "cut": _any_cut,
    "lengthened": lengthened,
}
CLAIMS = (
    "guaranteed", "the best in town", "award-winning", "100% risk-free", "No. 1", "world-class",
    "certified experts", "the cheapest anywhere", "money-back promise", "lifetime warranty",
)  # fmt: skip
SYNONYMS = {
    "and": "as well as", "the": "this", "you": "our readers", "with": "using", "more": "further",
    "new": "fresh", "all": "each", "our": "these", "is": "stays", "are": "remain", "for": "toward",
}  # fmt: skip


def link_moved(content, draw):
    pair = _pair(content, draw)
    # Where no space parts it from the rest, moving it makes other words.
    if not pair or "<" in pair[2]:
        return None
    if content[: pair.start()][-1:] not in ("", " ") or content[pair.end() :][:1] not in ("", " "):
        return None
    rest = " ".join((content[: pair.start()] + content[pair.end() :]).split())
    return f"{pair[0]} {rest}" if WORDS.search(inline.plain(rest)) else None


def _change_words(content: str, draw: Random, change: Callable[[list[str], int], list[str]]) -> str | None:
    if inline.TAG.search(content) or "&" in content:
        return None
    words = content.split(" ")
    places = [n for n in range(len(words) - 1) if words[n].islower() and words[n + 1].islower()]
    places = [n for n in places if words[n].isalpha() and words[n + 1].isalpha()]
    if not places or len(words) < 4:
        return None
    return " ".join(change(words, draw.choice(places)))


def swapped(content, draw):
    return _change_words(content, draw, lambda w, n: [*w[:n], w[n + 1], w[n], *w[n + 2 :]])


def replaced(content, draw):
    return _change_words(content, draw, lambda w, n: [*w[:n], SYNONYMS.get(w[n], "simple"), *w[n + 1 :]])


def dropped(content, draw):
    return _change_words(content, draw, lambda w, n: [*w[:n], *w[n + 1 :]])


HARMLESS: dict[str, Change] = {
    "identical": lambda content, draw: content,
    "link moved": link_moved,
    "words swapped": swapped,
    "word replaced": replaced,
    "word dropped": dropped,
    "dash": lambda content, draw: content.replace(" - ", " – ") if " - " in content else None,
    "entity": lambda content, draw: content.replace("’", "'") if "’" in content else None,
    "spaces": lambda content, draw: inline.repair(content.replace(" ", "  ", 3)),
}
