"""Whether every word that people read can be translated, by a parser of our own."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from batches.tests.factories import make_batch
from nimbus.errors import InvalidError
from tests.cast import sign_in
from tests.marked import error_names, silent_errors, silent_kinds, silent_words, unlike_values
from tests.wording import unmarked

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
# Support's own pages and the command line.
NOT_SHOWN = ("/tests/", "/management/", "/migrations/", "admin.py", "support.py")
# The admin speaks to support, mails have their own language.
APART = ("admin/", "mail/", "layouts/")
# What only programs send: the API answers in English, and clients go by `code`.
FOR_PROGRAMS = (
    "/api/", "nimbus/api.py", "nimbus/idempotency.py", "nimbus/inflation.py", "nimbus/limits.py",
    "nimbus/querystring.py", "nimbus/selection.py", "nimbus/strictjson.py", "projects/api.py",
    "projects/authentication.py", "projects/provider_key_api.py", "batches/extractions.py",
    "batches/page_ids.py", "batches/pagelines.py", "batches/uploads.py",
)  # fmt: skip
# Sentences that were made elsewhere, of words that are marked there or of a language without marks.
MADE_ELSEWHERE = {
    "MEANWHILE[Decision.What(decision.what)]", "' '.join(refused)",
    "str(fault)", "str(ziprules.damaged(entry))",
}  # fmt: skip
APPS = ("accounts", "projects", "batches", "nimbus")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ("<p>{{ n }} pages</p>", ["{{ n }} pages"]),
        ('<p title="Copy">{{ text }}</p>', ["Copy"]),
        ('<td data-label="Changes">{{ n }}</td>', ["Changes"]),
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


def shown(*apart):
    """Every module that may speak to people, with its source."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not any(part in f"/{name}" for part in (*NOT_SHOWN, *apart)):
                yield name, path.read_text()


def test_no_form_and_no_message_speaks_without_a_mark():
    wrong = [f"{name}:{at}: {said}" for name, source in shown() for at, said in silent_words(source)]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('raise GoneError("It is gone.")', 1),
        ('raise errors.GoneError(f"{name} is gone.", field="a")', 1),
        ('class GoneError(NimbusError):\n    code = "gone"\n    message = "It is gone."', 1),
        ('raise GoneError(_("It is gone.") if a else "It never was.")', 1),
        ('raise GoneError(_("%(name)s is gone."), name=name)', 0),
        ('class GoneError(NimbusError):\n    message = _("It is gone.")', 0),
        ('raise GoneError(field="a")', 0),
        ('raise ValueError("It is gone.")', 0),
    ],
)
def test_errors_are_read_for_words_without_a_mark(source, count):
    assert len(list(silent_errors(source, error_names(["class GoneError(NimbusError): pass"])))) == count


def test_no_error_that_a_screen_may_show_is_without_a_mark():
    names = error_names(source for _, source in shown())
    wrong = [
        f"{name}:{at}: {said}"
        for name, source in shown(*FOR_PROGRAMS)
        for at, said in silent_errors(source, names)
        if said not in MADE_ELSEWHERE
    ]

    assert {"NimbusError", "LastOwnerError", "UnpackingError"} < names
    assert not wrong, "\n".join(wrong)


def test_every_value_that_an_error_names_is_given():
    names = error_names(source for _, source in shown())
    wrong = [f"{name}:{at}: {said}" for name, source in shown() for at, said in unlike_values(source, names)]

    assert list(unlike_values('InvalidError(_("At most %(n)s."), field="a", most=1)', names))
    assert not wrong, "\n".join(wrong)


def test_screens_show_what_an_error_says_and_not_its_english():
    wrong = [
        f"{name}: {line.strip()}"
        for name, source in shown()
        if name.endswith(("views.py", "forms.py"))
        for line in source.splitlines()
        if re.search(r"\b(error|refused|trouble)\.message\b|str\(error\)", line)
    ]

    assert not wrong, "use error.said():\n" + "\n".join(wrong)


def test_every_kind_of_event_is_marked():
    source = (ROOT / "accounts/events.py").read_text()

    assert list(silent_kinds('K = {"a": kind("It began"), "b": Kind(_("It ended"))}')) == [(1, "'It began'")]
    assert list(silent_kinds(source)) == []


def test_scripts_take_their_words_from_the_page():
    loud = re.compile(
        r"""(?:textContent|innerText|title|placeholder) = ["`'][^"`']*[a-z]{2}|["`][A-Z][a-z]+ [a-z]"""
    )
    wrong = []
    for path in sorted((ROOT / "static/js").glob("*.js")):
        lines = enumerate(path.read_text().splitlines(), 1)
        wrong += [f"{path.name}:{at}: {line}" for at, line in lines if loud.search(line.partition("// ")[0])]

    assert not wrong, "put it into nimbus/words.py:\n" + "\n".join(wrong)


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


@pytest.mark.django_db
def test_reader_of_another_language_is_told_of_errors_and_events_in_it(client, alice, acme, made_up):
    sign_in(client, alice)
    leave = reverse("accounts:remove_member", args=[acme.id, alice.id])

    assert "Restu posedanto." in client.post(leave, headers=made_up, follow=True).text
    assert "keeps at least one owner" in client.post(leave, follow=True).text
    log = client.get(reverse("accounts:audit"), {"of": "account"}, headers=made_up).text
    assert ">Ensalutis</td>" in log
    assert ">Ensalutis</option>" in log
    assert ">Signed in</td>" in client.get(reverse("accounts:audit"), {"of": "account"}).text


def test_error_is_english_for_programs_and_translated_with_its_values_for_people(made_up):
    error = InvalidError("A list has at most %(most)s views. Remove one first.", field="name", most=20)
    plain = InvalidError("100% of it is said as it stands.")

    with translation.override("eo"):
        assert error.said() == "Ne pli ol 20 vidoj."
        assert str(error) == error.message == "A list has at most 20 views. Remove one first."
        assert plain.said() == plain.message == "100% of it is said as it stands."
