import pytest

from batches import pixels


def test_width_sums_the_advances_of_arial():
    assert pixels.width("Will", 1000) == 944 + 222 * 3


def test_accented_letter_is_as_wide_as_its_base():
    assert pixels.width("ü", 1000) == pixels.width("u", 1000)


# A W is 18.88 px wide in a title, so that 30 of them fill 566 of its 580 px.
@pytest.mark.parametrize(("length", "look"), [(10, "fits"), (28, "fits"), (30, "near"), (31, "over")])
def test_gauge_warns_before_the_title_is_cut(length, look):
    assert pixels.gauge("Title", "W" * length, 20, 580)["look"] == look
