import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus import packing
from nimbus.packing import Packed

PLAIN = st.binary(max_size=300)
PARTS = st.lists(st.lists(st.one_of(PLAIN, PLAIN.map(packing.pack).map(Packed))))


@given(st.binary())
def test_packed_text_comes_back(data):
    assert packing.unpack(packing.pack(data)) == data


def test_what_was_packed_by_zlib_alone_is_still_read():
    assert packing.unpack(zlib.compress(b"old", 1)) == b"old"
    assert packing.plain([b"a", Packed(zlib.compress(b"old", 1))]) == b"aold"


@given(PARTS)
def test_joined_parts_are_one_stream_of_all_of_them(portions):
    whole = b"".join(packing.plain(parts) for parts in portions)

    # zlib refuses a wrong checksum.
    assert zlib.decompress(b"".join(packing.join(portions))) == whole


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 200_000])
def test_parts_of_any_size_are_joined(size):
    data = bytes(n % 251 for n in range(size))

    assert zlib.decompress(b"".join(packing.join([[data, Packed(packing.pack(data))]]))) == data * 2


def test_part_of_the_older_form_is_joined_too():
    assert zlib.decompress(b"".join(packing.join([[Packed(zlib.compress(b"old", 1))]]))) == b"old"
