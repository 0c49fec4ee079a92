"""No address that the page does not have. Refuses new hosts, holds what moved from elsewhere on the page."""

import re
import unicodedata
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict
from optimizer.words import listed

TLDS = listed(
    """
    com net org info biz io ai app dev co me tv xyz top site online shop store club live link click icu
    uk de fr es it nl be ch at pl pt se no dk fi ie eu us ca au nz in cn jp ru br mx za tk ml ga
    example test invalid localhost onion gov edu mil
    """
)
HOST = r"(?:[^\W_][\w\-]*\.)+"
ADDRESS = re.compile(
    rf"//[^\s/?#]+|\bwww\.[^\s/?#]+|(?<![\w.\-]){HOST}(?:{'|'.join(sorted(TLDS))}|xn--[\w\-]+)(?![\w\-])"
    rf"|(?<![\w.\-]){HOST}[^\W\d_]{{2,}}/\S+|\b(?:mailto|tel|sms|ftp|file|https?):\S*|(?<!\d)(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!\d)",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Verdict]:
    for address in sorted(addresses(subject.new) - addresses(subject.old)):
        if address in subject.known.folded:
            yield Verdict("links", "hold", "It names an address from elsewhere on the page.")
        else:
            yield Verdict("links", "refuse", "It adds a link or an address that the page does not have.")
        return
    if addresses(subject.old) - addresses(subject.new):
        yield Verdict("links", "hold", "It drops an address.")


def addresses(text: str) -> set[str]:
    text = unicodedata.normalize("NFKC", text).casefold()
    return {match.rstrip(".,;:!?)") for match in ADDRESS.findall(text)}
