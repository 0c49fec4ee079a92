import pytest

from optimizer.checks.quantities import quantities


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,000 €", "€1000"),
        ("€1.000,50", "1,000.50 euros"),
        ("1 000 000", "1,000,000"),
        ("£49.00", "49 GBP"),
        ("20 percent", "20%"),
        ("5 pm", "17:00"),
        ("9 a.m. to 5:30 p.m.", "9:00 to 17:30"),
        ("17.30 Uhr", "17:30"),
        ("14h30", "14:30"),
        ("3 May 2026", "2026-05-03"),
        ("May 3rd, 2026", "3.5.2026"),
        ("3 May", "May 3"),
        ("24 hours", "24h"),
        ("a 24-hour service", "24 hrs service"),
        ("two years", "2 years"),
        ("10 km", "10 kilometres"),
        ("500GB", "500 GB"),
        ("0117 496 0102", "(0117) 496-0102"),
        ("+44 (0)20 7946 0108", "+442079460108"),
    ],
)
def test_spellings_of_the_same_quantity_are_equal(one, other):
    assert quantities(one) == quantities(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 kg", "5 lb"),
        ("2 years", "2 months"),
        ("£49", "$49"),
        ("5 pm", "5 am"),
        ("5 May", "5 June"),
        ("1.5 m", "15 m"),
        ("-5 °C", "5 °C"),
        ("10%", "10"),
        ("1,000", "1.0"),
        ("+44 20 7946 0108", "+49 20 7946 0108"),
        # Nobody can tell the day from the month.
        ("03/04/2026", "04/03/2026"),
        ("A1B-2", "A1B-3"),
        ("two", "three"),
    ],
)
def test_different_quantities_differ(one, other):
    assert quantities(one) != quantities(other)
