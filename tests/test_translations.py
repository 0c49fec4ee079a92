"""Whether every word that people read can be translated, by a parser of our own."""

import ast
import re
import struct
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import trans_real

from batches.tests.factories import make_batch
from tests.wording import unmarked

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
# Support's own pages and the command line.
NOT_SHOWN = ("/tests/", "/management/", "/migrations/", "admin.py", "support.py")
# The admin speaks to support, mails have their own language.
APART = ("admin/", "mail/", "layouts/")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ("<p>{{ n }} pages</p>", ["{{ n }} pages"]),
        ('<p title="Copy">{{ text }}</p>', ["Copy"]),
        ('<a href="/x" aria-label="{% if a %}Open{% endif %}">–</a>', ["Open"]),
        ('{% if a == "b" %}Yes{% endif %}', ["Yes"]),
        ('<b{% if a %} class="x"{% endif %}>Bold</b>', ["Bold"]),
        ('{% include "a.html" with title="Shell" only %}', ["Shell"]),
        ("<p{% if a %}>{% else %} hidden>Not {% endif %}</p>", ["Not"]),
        ("<svg><title>A chart</title></svg>", ["A chart"]),
        ('{% translate "Hello" %}<p title="{% translate \'Copy\' %}">{{ a }} · {{ b }}</p>', []),
        ("{% blocktranslate count n=n %}{{ n }} page{% plural %}{{ n }} pages{% endblocktranslate %}", []),
        ("<pre>npm install</pre><kbd>Ctrl</kbd><script>let word = 1</script>&nbsp;Nimbus 5 %", []),
        ('<i class="some words" data-key="some words">{{ "a b" }}</i>{# a remark #}', []),
    ],
)
def test_parser_finds_words_without_a_mark_and_no_others(source, found):
    assert [words for _, words in unmarked(source)] == found


def test_no_template_shows_a_word_without_a_mark():
    wrong = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = path.relative_to(TEMPLATES).as_posix()
        if not any(part in name for part in APART):
            wrong += [f"{name}:{line}: {words}" for line, words in unmarked(path.read_text())]

    assert not wrong, "use {% translate %} or {% blocktranslate %}:\n" + "\n".join(wrong)


def silent_words(source):
    """Labels, help and messages that are plain words: (line, words)."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        given = [word.value for word in call.keywords if word.arg in ("label", "help_text")]
        given = given if name.startswith("forms.") else []
        if re.fullmatch(r"messages\.(success|error|info|warning)", name):
            given = call.args[1:2]
        for value in given:
            parts = value.values if isinstance(value, ast.JoinedStr) else [value]
            said = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            if re.search(r"[A-Za-z]{2}", said):
                yield value.lineno, ast.unparse(value)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('forms.CharField(label="Name")', 1),
        ('messages.success(request, f"Hi {name}")', 1),
        ('forms.CharField(label=_("Name"), help_text="")', 0),
        ("messages.error(request, error.message)", 0),
        ('Place(label="/kiel")', 0),
    ],
)
def test_python_is_read_for_words_without_a_mark(source, count):
    assert len(list(silent_words(source))) == count


def test_no_form_and_no_message_speaks_without_a_mark():
    wrong = []
    for app in ("accounts", "projects", "batches", "nimbus"):
        for path in sorted((ROOT / app).rglob("*.py")):
            if not any(part in path.as_posix() for part in NOT_SHOWN):
                wrong += [
                    f"{path.relative_to(ROOT)}:{at}: {said}" for at, said in silent_words(path.read_text())
                ]

    assert not wrong, "\n".join(wrong)


def test_scripts_take_their_words_from_the_page():
    loud = re.compile(
        r"""(?:textContent|innerText|title|placeholder) = ["`'][^"`']*[a-z]{2}|["`][A-Z][a-z]+ [a-z]"""
    )
    wrong = []
    for path in sorted((ROOT / "static/js").glob("*.js")):
        lines = enumerate(path.read_text().splitlines(), 1)
        wrong += [f"{path.name}:{at}: {line}" for at, line in lines if loud.search(line.partition("// ")[0])]

    assert not wrong, "put it into nimbus/words.py:\n" + "\n".join(wrong)


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
    """A language with a handful of words, as somebody would add one."""
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled({
        "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n",
        "Home": "Hejmo",
        "In work": "Laboras",
        "Copied": "Kopiita",
        "Name": "Nomo",
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


@pytest.mark.django_db
def test_reader_of_another_language_gets_its_words(client, alice, project, made_up):
    client.force_login(alice)
    make_batch(project, pages=3, status="processing")

    page = client.get(reverse("home"), headers=made_up).text
    assert '<html lang="eo"' in page
    assert ">Hejmo</" in page
    # A state from Python, a plural from a template, a label of a form, a word of a script.
    assert ">Laboras</span>" in page
    assert "3 paĝoj restas" in page
    assert '"copied": "Kopiita"' in page
    assert ">Nomo " in client.get(reverse("accounts:profile"), headers=made_up).text
    assert ">Home</" in client.get(reverse("home")).text
