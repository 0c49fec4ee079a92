"""Things a careful editor would mention. Notes."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict

ABOUT = "An editor's remarks: exclamation marks that were not there, a missing full stop."
END = re.compile(r"[.!?…:]\Z")


def check(subject: Subject) -> Iterator[Verdict]:
    old, new = subject.old, subject.new
    if new.count("!") > old.count("!"):
        yield note("It adds an exclamation mark.")
    if new[:1] in "\"“„«'" and old[:1] not in "\"“„«'":
        yield note("It begins with a quotation mark.")
    if subject.type == "p" and END.search(old) and not END.search(new.rstrip('"”’)')):
        yield note("Its last sentence has no full stop.")


def note(message: str) -> Verdict:
    return Verdict("style", "note", message)
