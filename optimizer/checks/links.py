"""No address that the text did not have. Refuses; holds the page's own host and what the brief names."""

import re
import unicodedata
from collections.abc import Iterator

from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import listed

ABOUT = "No link or address gets in that the text did not have."
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
    old, new = addresses(subject.old), addresses(subject.new)
    fresh = new - old
    # Not even an address from elsewhere on the page: visitors may have written that part.
    if fresh - (subject.known.derive(_vouched) if fresh else set()):
        yield Verdict("links", "refuse", "It adds a link or an address that this text did not have.")
    elif fresh:
        yield Verdict("links", "hold", "It names an address that the brief knows.")
    elif old - new:
        yield Verdict("links", "hold", "It drops an address.")


def _vouched(known: Known) -> set[str]:
    """Addresses of the site itself and of the brief."""
    host = known.page.url.partition("://")[2].partition("/")[0]
    return addresses("\n".join((host, known.brief_text)))


def addresses(text: str) -> set[str]:
    text = unicodedata.normalize("NFKC", text).casefold()
    return {match.rstrip(".,;:!?)") for match in ADDRESS.findall(text)}
