"""Inline tags survive as they were; nothing that a browser would run gets in. Refuses."""

import html
import re
import unicodedata
from collections.abc import Iterator

from optimizer import inline
from optimizer.checks.subject import Subject
from optimizer.errors import InlineMarkupError
from optimizer.types import Verdict

ABOUT = "Inline tags survive as they were; no HTML, script, template mark or Markdown gets in."
HTML = re.compile(r"<\s*[/!?a-z][^\s<>]*", re.IGNORECASE)
SCRIPT = re.compile(
    r"(?:java|vb|live)\s*script\s*:|data\s*:\s*[a-z]+/|\bon[a-z]{3,}\s*=|\bsrcdoc\s*=|expression\s*\(",
    re.IGNORECASE,
)
TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|\$\{|#\{|<%|%>|\[\[|\]\]|%\([a-z_]+\)s|(?<!\w)%[sd](?!\w)")
# `apply` would leave such a text out, long after somebody approved it.
NOT_ESCAPED = "It holds a bare & < or >, or an escape other than &amp; &lt; &gt;."
MARKDOWN = re.compile(r"\]\(|```|(?<!\w)\*\*\S|(?<!\w)__\S")


def check(subject: Subject) -> Iterator[Verdict]:
    if subject.original.strip() and not subject.new.strip():
        yield refuse("The text is empty.")
    yield from _tags(subject) if subject.has_tags else _plain(subject)
    # Wide and other compatibility forms become the usual characters on many a way to the browser.
    old, new = usual(subject.old), usual(subject.new)
    # Escaped markup is only text, but a later step that forgets to escape would bring it to life.
    if found(HTML, new) != found(HTML, old):
        yield refuse("It adds, drops or changes HTML.")
    if html.unescape(new) != new and html.unescape(old) == old:
        yield refuse("It holds escapes that visitors would see, such as &amp;nbsp;.")
    if count(SCRIPT, re.sub(r"[\x00-\x20]+", " ", new)) > count(SCRIPT, old):
        yield refuse("It adds something that a browser could run.")
    if found(TEMPLATE, new) != found(TEMPLATE, old):
        yield refuse("It adds, drops or changes a template mark such as {{ }}.")
    if count(MARKDOWN, subject.new) > count(MARKDOWN, subject.old):
        yield refuse("It adds Markdown.")


def _tags(subject: Subject) -> Iterator[Verdict]:
    try:
        old = inline.structure(subject.original)
    except InlineMarkupError:
        yield refuse("The original's own tags are not well nested, so it cannot be rewritten.")
        return
    try:
        new = inline.structure(subject.text)
    except InlineMarkupError as error:
        yield refuse(f"Its markup {error}.")
        return
    if not inline.is_escaped(subject.text):
        yield refuse(NOT_ESCAPED)
    if old.parents != new.parents:
        yield refuse("Its inline tags are not those of the original, each once and inside the same parent.")
    elif old.atoms != new.atoms:
        yield refuse("Its line breaks or images stand in another order.")
    elif new.empty - old.empty:
        yield refuse("One of its inline tags lost its text.")


def _plain(subject: Subject) -> Iterator[Verdict]:
    if count(inline.TAG, subject.text) > count(inline.TAG, subject.original):
        yield refuse("It holds tags where only plain text may stand.")
    elif subject.kind == "block" and not inline.is_escaped(subject.text):
        yield refuse(NOT_ESCAPED)


def usual(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    return sorted(pattern.findall(text))


def count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text))


def refuse(message: str) -> Verdict:
    return Verdict("markup", "refuse", message)
