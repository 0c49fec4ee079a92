import json
from pathlib import Path

import pytest

from batches import page_ids
from nimbus.errors import InvalidError

VECTORS = json.loads((Path(__file__).parents[2] / "spec" / "urls.json").read_text())


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: case["name"])
def test_address_has_one_canonical_form(case):
    assert page_ids.canonical(case["url"], case["project_domain"]) == (case["domain"], case["path"])


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: case["name"])
def test_canonical_form_of_a_canonical_form_is_itself(case):
    again = page_ids.canonical(case["path"], case["domain"])

    assert again == (case["domain"], case["path"])


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_what_is_no_page_address_is_refused_with_its_field(case):
    with pytest.raises(InvalidError) as caught:
        page_ids.canonical(case["url"], case["project_domain"])

    assert caught.value.field == "page_url"


@pytest.mark.parametrize("domain", VECTORS["refused_domains"])
def test_what_is_no_domain_is_refused(domain):
    with pytest.raises(InvalidError):
        page_ids.canonical_domain(domain)


def test_lone_surrogate_in_an_address_is_refused():
    with pytest.raises(InvalidError):
        page_ids.canonical("/\ud800", "example.com")


@pytest.mark.parametrize("case", VECTORS["page_ids"], ids=lambda case: case["path"])
def test_page_id_follows_the_vectors(case):
    assert page_ids.page_id(case["project_id"], case["domain"], case["path"]) == case["page_id"]
