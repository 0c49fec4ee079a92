from optimizer import Block, PageText, families
from optimizer.families import Member
from optimizer.masks import Mask
from optimizer.types import Sibling


def page(brand, location, extra=()):
    blocks = (Block("b-1", "h1", f"{brand} repair in {location}"), Block("b-2", "p", "We mend."), *extra)
    return PageText(
        f"https://a.example/{location}/{brand}", {}, blocks, {"brand": brand, "location": location}
    )


def test_pages_of_one_template_and_the_same_dimensions_are_a_family():
    more = (Block("b-3", "p", "One paragraph more."),)

    assert families.name_of(page("Rolex", "Leeds"), "/leeds/rolex") == families.name_of(
        page("Omega", "York", more), "/york/omega"
    )
    assert families.name_of(page("Rolex", "Leeds"), "/x").startswith("brand × location · ")


def test_another_template_is_another_family():
    other = page("Rolex", "Leeds", (Block("b-3", "td", "£49"),))

    assert families.name_of(other, "/x") != families.name_of(page("Rolex", "Leeds"), "/x")


def test_pages_without_dimensions_are_a_family_by_folder_or_none():
    plain = PageText("u", {}, (Block("b", "p", "Text"),), {})

    assert families.name_of(plain, "/blog/one.html").startswith("/blog/ · ")
    assert families.name_of(plain, "/about.html") == ""


def test_nearest_sisters_come_first_and_the_page_itself_never():
    members = [
        Member(Sibling(page(*values).url, title=" ".join(values)), page(*values).dimensions)
        for values in (("Rolex", "Leeds"), ("Omega", "York"), ("Rolex", "York"))
    ]

    found = families.nearest(page("Rolex", "Leeds"), members)

    assert [sibling.title for sibling in found] == ["Rolex York", "Omega York"]


def test_distinctness_sees_pages_that_differ_in_their_values_only():
    pages = {place: page("Rolex", place) for place in ("Leeds", "York", "Hull")}
    texts = {place: f"Rolex repair in {place}, by post and by hand" for place in pages} | {
        "Hull": "A calm workshop at the harbour mends your Rolex in Hull"
    }
    found = families.distinctness(texts, {place: Mask.of(p) for place, p in pages.items()})

    assert (found.pages, found.own_share, found.masked_share) == (3, 1.0, 0.3333)
    assert [(pair.one, pair.other) for pair in found.most_alike] == [("Leeds", "York")]


def test_equal_texts_are_most_alike():
    found = families.distinctness({"a": "The same words", "b": "The same words", "c": "Others"}, {})

    assert (found.own_share, found.most_alike[0].likeness) == (0.3333, 1.0)


def test_reason_to_differ_says_each_taken_description_once():
    sisters = [Sibling("a", "A", "One."), Sibling("b", "B", "One."), Sibling("c", "C", "Two.")]

    assert families.differ_reason(sisters, "metaDescription").endswith(", such as: One.; Two.")
    assert [s.url for s in families.told_first(sisters, ["two."])] == ["c", "a", "b"]


def test_reason_to_differ_names_sisters():
    assert families.differ_reason([Sibling("u", title="Rolex York")]) == (
        "Make this differ from its sister pages, such as: Rolex York."
    )
