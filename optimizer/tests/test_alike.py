"""Which changes of a family count as the same one, and which stand out."""

from optimizer import alike
from optimizer.alike import Abstraction
from optimizer.types import Block, PageText


def page(place="Leeds", street="4 Park Row", language="en", phone="0113 496 0106"):
    text = f"We mend taps in {place}, at {street}. Call {phone}, from £85."
    return PageText(
        url=f"https://acme.test/{place.lower()}/",
        head={"title": "Acme"},
        blocks=(Block("b-1", "p", text),),
        dimensions={"location": place.lower(), "service": "tap-repair"},
        language=language,
    )


def key(of, after, before="Acme", place="title"):
    return Abstraction.of(of).key(place, before, after)


def test_same_wording_with_each_pages_own_place_is_alike():
    assert key(page("Leeds"), "Tap repair in Leeds") == key(page("Kiel"), "Tap repair in Kiel")


def test_place_of_another_page_stands_out():
    assert key(page("Leeds"), "Tap repair in Kiel") != key(page("Kiel"), "Tap repair in Kiel")


def test_dimension_values_that_changed_places_stand_out():
    assert key(page(), "Leeds in tap repair") != key(page(), "Tap repair in Leeds")


def test_own_street_and_number_are_alike():
    leeds, kiel = page(), page("Kiel", "12 Corporation Street", phone="020 7946 0108")

    assert key(leeds, "Mended at 4 Park Row, call 0113 496 0106.") == key(
        kiel, "Mended at 12 Corporation Street, call 020 7946 0108."
    )


def test_number_that_the_page_lacks_stands_out():
    assert key(page(), "Taps from £85") != key(page(), "Taps from £95")
    assert Abstraction.of(page()).of_text("Since 85, from £85") == "Since 85, from ⟦#⟧"


def test_other_wording_before_or_another_place_of_the_page_is_not_alike():
    assert key(page(), "Taps", before="Acme") != key(page(), "Taps", before="Welcome")
    assert key(page(), "Taps", place="title") != key(page(), "Taps", place="h1")


def test_german_nouns_are_no_names():
    one = PageText(
        "https://a.test/", {}, (Block("b-1", "p", "Wir reparieren Heizung und Hahn"),), {}, "de-DE"
    )

    assert Abstraction.of(one).of_text("Wir bauen Heizung ein") == "Wir bauen Heizung ein"


def test_pieces_name_what_was_taken_out():
    told = alike.pieces(Abstraction.of(page()).of_text("Tap repair in Leeds at 4 Park Row"))

    assert told == [
        ("slot", "service"), ("same", " in "), ("slot", "location"), ("same", " at "), ("slot", "number"),
    ]  # fmt: skip
