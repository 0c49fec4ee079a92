"""The model's talk about its own work is no copy. Refuses."""

import re
from collections.abc import Iterator

from optimizer.checks.subject import Subject
from optimizer.types import Verdict

ABOUT = "The text holds no remark of the model about its own work, such as “Here is the improved version:”."
_NEW = (
    "optimi[sz]ed|improved|rewritten|revised|updated|enhanced|better|final|verbesserte[rns]?|optimierte[rns]?"
)
_WHAT = "version|text|copy|title|titel|heading|headline|description|beschreibung|line|content|fassung"
CHATTER = re.compile(
    rf"""\A\W*(?:
    (?:here(?:\ is|\ are|[’']s)|hier\ (?:ist|sind)|voici|aquí\ (?:está|tiene)|ecco)\b[^.!?\n]{{0,60}}:
    | (?:sure|certainly|of\ course|absolutely|gladly|gerne|natürlich)[,!.:]\ +(?:here|hier|i\b|let)
    | (?:{_NEW})(?:\ (?:{_WHAT}))?\s*:
    | (?:new|neue[rns]?)\ (?:{_WHAT})\s*:
    | (?:(?:page|meta|seo)\ )?(?:title|description|heading|text|answer|output|titel|beschreibung)\s*:\s
    | \[?\d+\]?\s*(?:h[1-6]|p|title|description|li)\s*:
    | i(?:[’']ve|\ have)\ (?:rewritten|optimi[sz]ed|improved|revised|kept)
    | as\ an?\ (?:ai|large\ language|language)\b | i(?:[’']m|\ am)\ (?:sorry|unable)\b | i\ can(?:not|[’']t)\b
    )
    | \b(?:ignore|disregard|forget)\ (?:all\ |any\ )?(?:the\ |your\ )?(?:previous|above|earlier|prior)\b
    | \b(?:system|developer)\ prompt\b | \bignorier\w*\ (?:alle\ )?(?:vorherigen|bisherigen)\b
    | \blet\ me\ know\ if\ you\b""",
    re.IGNORECASE | re.VERBOSE,
)


def check(subject: Subject) -> Iterator[Verdict]:
    if CHATTER.search(subject.new) and not CHATTER.search(subject.old):
        yield Verdict("chatter", "refuse", "It talks about the text instead of being it.")
