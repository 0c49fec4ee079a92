"""Whether every word that people read can be translated, by a parser of our own."""

from pathlib import Path

import pytest

from tests.wording import unmarked

TEMPLATES = Path(__file__).parent.parent / "templates"
# The admin speaks to support, mails have their own language.
APART = (
    "admin/", "mail/", "layouts/", "decide", "desk_strip", "fact.html", "gauge", "here.html",
    "batches/page.html", "queue.html", "batches/review.html", "spread.html",
)  # fmt: skip


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
