"""The bytes of one page, seen as units whose positions both languages share."""

import sys
from array import array

from optimizer.html.chars import normalize_newlines
from optimizer.html.encoding import MULTIBYTE, UNICODE, Refuse, detect, encoder, single_byte_table

MAX_BYTES = 5_000_000


class Source:
    """Units are bytes, or UTF-16 code units; a unit position times `width` is a byte position."""

    def __init__(self, data: bytes, encoding: str | None = None) -> None:
        if len(data) > MAX_BYTES:
            raise Refuse("too_large")
        if not data.strip(b"\t\n\f\r "):
            raise Refuse("empty")
        self.data = data
        self.encoding, mark, self.is_declared, self.warnings = detect(data, encoding)
        self.width = 2 if self.encoding.startswith("utf-16") else 1
        self.start = mark // self.width
        self.units = self._wide() if self.width == 2 else data.decode("latin-1")
        self._encode = encoder(self.encoding, ascii_only=not self.is_declared)
        is_table = self.encoding not in UNICODE and self.encoding not in MULTIBYTE
        self._table = single_byte_table(self.encoding) if is_table else None

    def _wide(self) -> str:
        if len(self.data) % 2:
            raise Refuse("encoding")
        units = array("H", self.data)
        if (sys.byteorder == "little") != (self.encoding == "utf-16le"):
            units.byteswap()
        return "".join(map(chr, units))

    def slice(self, start: int, end: int) -> bytes:
        """The bytes between two unit positions."""
        return self.data[start * self.width : end * self.width]

    def decode(self, start: int, end: int) -> str | None:
        """The text between two unit positions; None when its bytes are invalid in this encoding."""
        return self.text_of(self.units[start:end])

    def text_of(self, units: str) -> str | None:
        """What units stand for; None when they are invalid in this encoding."""
        text: str | None = units
        if not units.isascii():
            text = self._unit_text(units)
        return normalize_newlines(text) if text and "\r" in text else text

    def _unit_text(self, units: str) -> str | None:
        if self._table is not None:
            chars = [self._table[ord(unit)] for unit in units]
            return None if "" in chars else "".join(chars)
        try:
            if self.width == 2:
                return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
            return units.encode("latin-1").decode(UNICODE.get(self.encoding, "ascii"))
        except UnicodeDecodeError:
            return None

    def encode(self, text: str) -> bytes:
        """Text as bytes of this page."""
        return self._encode(text)
