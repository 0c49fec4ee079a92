"""No superlative or guarantee that the page does not make. Holds."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import fold

ABOUT = "Superlatives, guarantees and promises are those that the page or the fact sheet makes."
CLAIMS = re.compile(
    r"""(?<!\w)(?:
    best|finest|greatest|leading|top[ ]rated|top|number[ ]one|no\.[ ]?1|\#1|cheapest|lowest|fastest|largest|
    biggest|
    most[ ](?:trusted|experienced|popular|reliable|affordable)|unbeatable|unrivall?ed|unmatched|unparalleled|
    world[ ]class|award[ ]winning|ultimate|perfect|flawless|guarantee[ds]?|warrant(?:y|ies)|risk[ ]free|
    money[ ]back|refund\w*|free|no[ ]obligation|certified|accredited|approved|authori[sz]ed|official|
    licen[sc]ed|insured|always|never|instant(?:ly)?|same[ ]day|next[ ]day|lifetime|forever|only|100[ ]?%|
    beste[rnsm]?|größte[rnsm]?|führende[rnsm]?|günstigste[rnsm]?|schnellste[rnsm]?|einzigartig\w*|garantie\w*|
    garantiert\w*|kostenlos\w*|gratis|zertifiziert\w*|offiziell\w*|immer|niemals|
    meilleure?s?|garantie?s?|gratuite?s?|officiel\w*|mejore?s?|garantizad\w*|líder|migliore?|garantit\w*
    )(?!\w)""",
    re.VERBOSE,
)


def check(subject: Subject) -> Iterator[Verdict]:
    fresh = set(CLAIMS.findall(fold(subject.new))) - set(CLAIMS.findall(fold(subject.old)))
    known = subject.known.derive(_known_claims) if fresh else set()
    new = sorted(fresh - known)
    if new:
        yield Verdict("claims", "hold", f"It promises what the page does not: {', '.join(new[:3])}.")
    elif fresh and subject.kind == "block":
        moved = ", ".join(sorted(fresh)[:3])
        yield Verdict("claims", "note", f"It takes a promise from elsewhere on the page: {moved}.")


def _known_claims(known: Known) -> set[str]:
    return set(CLAIMS.findall(known.folded))
