"""No new number, price, date, phone or e-mail; none lost. Holds."""

from collections import Counter
from collections.abc import Iterator

from optimizer.checks.quantities import quantities
from optimizer.checks.subject import Known, Subject
from optimizer.types import Verdict
from optimizer.words import is_file_name

ABOUT = "Numbers, prices, dates, times, phone numbers and mail addresses are those of the page and its facts."


def check(subject: Subject) -> Iterator[Verdict]:
    before, after = quantities(subject.old), quantities(subject.new)
    fresh = [fact for fact in after if fact not in before]
    # Reading the whole page costs the most of all checks, and few texts state anything fresh.
    known = subject.known.derive(_known_facts) if fresh else Counter[str]()
    new = [fact for fact in fresh if fact not in known]
    if new:
        yield Verdict("facts", "hold", f"It states something that the page does not: {_few(new)}.")
    moved = [fact for fact in fresh if fact in known]
    # A title and a description are made of what the page says elsewhere.
    if moved and subject.kind == "block":
        yield Verdict(
            "facts", "note", f"It takes {_few(moved)} from elsewhere on the page or from the fact sheet."
        )
    # The digits of a file name say nothing about the picture.
    lost = [] if subject.type == "alt" and is_file_name(subject.old) else list((before - after).keys())
    if lost:
        yield Verdict("facts", "hold", f"It drops {_few(lost)}.")


def _known_facts(known: Known) -> Counter[str]:
    return quantities(known.text)


def _few(facts: list[str]) -> str:
    shown = ", ".join(fact[:40].strip() for fact in facts[:3])
    return shown + (", …" if len(facts) > 3 else "")
