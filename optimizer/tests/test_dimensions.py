import json
import time
from pathlib import Path

import pytest

from optimizer import dimensions

VECTORS = json.loads((Path(__file__).parents[2] / "spec" / "dimensions.json").read_text())


@pytest.mark.parametrize("case", VECTORS["read"], ids=lambda case: case["name"])
def test_dimensions_follow_the_vectors(case):
    assert dimensions.read(case["rules"], case["path"], case["tags"]) == case["dimensions"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_wrong_rule_is_refused_with_a_sentence(case):
    with pytest.raises(dimensions.RuleError, match=r"\.$"):
        dimensions.check(case["rules"])


def test_tags_are_read_only_for_rules_that_need_them():
    def tags():
        raise AssertionError
        yield

    rules = [{"type": "url", "pattern": "/{a}"}]

    assert dimensions.read(rules, "/x", tags()) == {"a": "x"}


def test_slowest_allowed_expression_ends_soon():
    rules = [{"type": "regex", "pattern": "(?P<a>.*a.*a.*a.*!)"}]

    begun = time.process_time()
    dimensions.read(rules, "/" + "a" * 300)

    assert time.process_time() - begun < 2
