"""Labels and single-byte encodings are those of spec/encodings.json, in both languages."""

import json

import pytest

from optimizer.html.encoding import Refuse
from optimizer.html.source import Source
from optimizer.html.vectors import FOLDER

SPEC = json.loads((FOLDER.parent / "encodings.json").read_text())
UNDEFINED = "\uffff"


@pytest.mark.parametrize("encoding", SPEC["upper_halves"])
def test_every_byte_is_read_as_the_web_does_and_written_back(encoding):
    source = Source(bytes(range(256)), encoding)

    for byte, char in enumerate(SPEC["upper_halves"][encoding], 128):
        assert source.decode(byte, byte + 1) == (None if char == UNDEFINED else char)
        assert char == UNDEFINED or source.encode(char) == bytes([byte])


@pytest.mark.parametrize("encoding", SPEC["labels"])
def test_labels_lead_to_their_encoding(encoding):
    found = {Source(b"<p>x", f" {label.upper()}\n").encoding for label in SPEC["labels"][encoding].split()}

    assert found == {encoding}


@pytest.mark.parametrize("label", SPEC["refused"].split())
def test_refused_labels_are_refused_in_the_page_too(label):
    for data, option in ((b"<p>", label), (f"<meta charset={label}><p>x".encode(), None)):
        with pytest.raises(Refuse, match="encoding"):
            Source(data, option)


@pytest.mark.parametrize("encoding", ["gbk", "big5", "euc-jp", "shift_jis", "euc-kr"])
def test_legacy_multibyte_pages_are_read_while_they_are_ascii(encoding):
    assert Source(b"<p>x", encoding).encode("é世") == b"&#233;&#19990;"
    with pytest.raises(Refuse, match="encoding"):
        Source("<p>世".encode(encoding), encoding)
