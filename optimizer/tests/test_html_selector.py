"""Hero selectors mean the same in both languages: spec/selectors.json."""

import json

import pytest

from optimizer.html import Page, selector
from optimizer.html.vectors import FOLDER

SPEC = json.loads((FOLDER.parent / "selectors.json").read_text())


def test_selectors_meet_what_the_vectors_say():
    wrong = [
        case
        for case in SPEC["matches"]
        if selector.matches(selector.parse(case["selector"]), case["tag"], case["attributes"])
        != case["matches"]
    ]

    assert len(SPEC["matches"]) > 20
    assert wrong == []


@pytest.mark.parametrize("text", SPEC["refused"])
def test_selector_beyond_the_subset_is_refused_with_a_sentence(text):
    with pytest.raises(selector.SelectorError, match=r"Name elements by tag.*\.$"):
        Page(b"<p>Text</p>", hero=text)
