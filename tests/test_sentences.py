"""Whether what the optimizer and the unpacker say can be translated, though neither knows of languages."""

import ast
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from batches import reviews
from batches.zipfiles import BadArchiveError
from nimbus.sentences import SENTENCES, known, translated
from nimbus.templatetags.looks import CHECKS
from optimizer import checks, judging, pipeline
from optimizer.checks import markup
from optimizer.types import Verdict

ROOT = Path(__file__).parent.parent
# Where a sentence stands among what it is given to.
SPEAKERS = {"Verdict": 2, "hold": 0, "note": 0, "refuse": 0, "ArchiveFault": 0, "InlineMarkupError": 0}
FAILURES = {
    "OptimizerError", "ProviderError", "SlowDownError", "ProviderBlockedError", "CompletionError",
    "UnusableAnswerError",
}  # fmt: skip
# Sentences of two parts, each with its other part here.
HALVES = {"InlineMarkupError": "Its markup {}."}
WITH_A_REASON = ("“7” 7. Pack the built site anew.", "Its markup 7.", "7 7")


def spoken(path):
    """Every sentence that a module says, with a 7 for each value."""
    for node in ast.walk(ast.parse(path.read_text())):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in SPEAKERS:
            said = node.args[SPEAKERS[name]]
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            text = "".join(part.value if isinstance(part, ast.Constant) else "7" for part in parts)
            # A bare name was given its sentence elsewhere.
            if text != "7":
                yield HALVES.get(name, "{}").replace("{}", text)


def test_everything_that_checks_and_the_unpacker_say_is_known():
    paths = [*(ROOT / "optimizer").rglob("*.py"), ROOT / "batches/ziprules.py"]
    said = {text for path in paths if "tests" not in path.parts for text in spoken(path)}

    assert {"It repeats a word.", "It grew from 7 to 7 characters.", "Its markup never closes <7>."} < said
    assert {"The ZIP holds more than 7 files.", *WITH_A_REASON} < said
    assert [text for text in sorted(said.difference(WITH_A_REASON)) if not known(text)] == []
    assert known(markup.NOT_ESCAPED)
    assert known(f"{pipeline.UNUSABLE} The answer was not JSON.")


def told(path):
    """Every sentence that a module gives to an event, or with a failure, with a 7 for each value."""
    for node in ast.walk(ast.parse(path.read_text())):
        for value in messages(node):
            for said in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)
                if " " in text:
                    yield text


def messages(node):
    match node:
        case (
            ast.keyword(arg="message", value=value)
            | ast.Assign(targets=[ast.Name(id="message")], value=value)
            | ast.AugAssign(target=ast.Name(id="message"), value=value)
        ):
            return [value]
        case ast.Call(func=ast.Name(id=name), args=given) if name in FAILURES:
            return given
    return []


def test_what_events_and_failures_tell_is_known():
    modules = [path for app in ("accounts", "batches", "projects") for path in (ROOT / app).rglob("*.py")]
    modules += (ROOT / "optimizer").glob("*.py")
    # What programs read, the last two, stays English.
    skipped = {"tests", "migrations", "management", "mail", "openapi", "authentication.py", "serializers.py"}
    said = {text for path in modules if not skipped & set(path.parts) for text in told(path)}
    # Each decision by its own word; and an addition to a sentence that is known with it.
    said = said.difference({"7 7", ", skipped 7"}) | {"Applied 7 texts, skipped 7"}
    said |= {f"{word.capitalize()} title" for word in reviews.PAST.values()}

    assert {"The provider failed (7).", "7 proposed", "Nothing to change", "A new fact frees 7"} < said
    assert [text for text in sorted(said) if not known(text)] == []


def test_every_reason_against_an_entry_is_known():
    rules = ast.parse((ROOT / "batches/ziprules.py").read_text())
    fault_of = next(node for node in rules.body if getattr(node, "name", "") == "fault_of")
    given = [node.value for node in ast.walk(fault_of) if isinstance(node, ast.Return)]
    reasons = [reason.value for reason in given if isinstance(reason, ast.Constant) and reason.value]

    assert len(reasons) == 4
    for reason in (*reasons, "is there twice"):
        assert known(f"“a.html” {reason}. Pack the built site anew.")


def test_what_checks_watch_over_and_are_called_is_known():
    about = checks.ABOUT | judging.ABOUT

    assert set(about.values()) <= set(SENTENCES)
    assert set(about) <= set(CHECKS)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It drops 5 km, ….", {"facts": "5 km, …"}),
        ("It drops the city “Leeds”.", {"name": "city", "value": "Leeds"}),
        ("It drops “a\nb”, which has to stay.", {"term": "a\nb"}),
        ("It drops an address.", {}),
    ],
)
def test_values_are_found_in_the_sentence_that_says_the_most(text, values):
    marked, found = known(text)

    assert found == values
    assert marked % values == text


def test_reader_of_another_language_is_told_by_the_checks_in_it(made_up):
    verdict = Verdict("length", "hold", "It grew from 3 to 9 characters.")

    with translation.override("eo"):
        assert translated(verdict.message) == "Nun 9 anstataŭ 3."
        assert translated("It repeats a word.") == "Vorto ripetita."
        assert translated("Nobody knows this: 100%.") == "Nobody knows this: 100%."
        assert translated("") == ""
        assert BadArchiveError("“<a>” is encrypted. Pack the built site anew.").said() == "<a>: ĉifrita."
        panel = render_to_string("batches/said.html", {"verdicts": [verdict]})
    assert "Nun 9 anstataŭ 3.</p>" in panel
    assert "Longo" in panel
    assert translated(verdict.message) == verdict.message
