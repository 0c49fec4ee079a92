"""A language with a handful of words, to see that they reach people."""

import struct

import pytest
from django.utils.translation import trans_real


def compiled(catalog):
    """A catalog as gettext reads it: seven numbers, two tables of lengths and places, the texts."""
    pairs = sorted((key.encode() + b"\0", value.encode() + b"\0") for key, value in catalog.items())
    at = 28 + 16 * len(pairs)
    tables = ["", ""]
    body = b""
    for side in (0, 1):
        tables[side] = b""
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]) - 1, at + len(body))
            body += pair[side]
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + tables[0] + tables[1] + body


@pytest.fixture
def made_up(tmp_path, settings):
    """As somebody would add a language; the headers of whoever reads it."""
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled({
        "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n",
        "Home": "Hejmo",
        "In work": "Laboras",
        "Copied": "Kopiita",
        "Name": "Nomo",
        "Signed in": "Ensalutis",
        "It repeats a word.": "Vorto ripetita.",
        "It grew from %(old)s to %(new)s characters.": "Nun %(new)s anstataŭ %(old)s.",
        "“%(name)s” is encrypted. Pack the built site anew.": "%(name)s: ĉifrita.",
        "Length": "Longo",
        "An organization keeps at least one owner. Make somebody else an owner first.": "Restu posedanto.",
        "A list has at most %(most)s views. Remove one first.": "Ne pli ol %(most)s vidoj.",
        "%(number)s page to go\0%(number)s pages to go": "%(number)s paĝo restas\0%(number)s paĝoj restas",
    }))  # fmt: skip
    settings.LANGUAGES = [("en", "English"), ("eo", "Esperanto")]
    settings.LOCALE_PATHS = [tmp_path]
    forget()
    yield {"Accept-Language": "eo"}
    forget()


def forget():
    trans_real._translations.clear()
    for cached in vars(trans_real).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
