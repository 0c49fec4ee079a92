"""Compression of what is stored once, in a form that can be joined into one stream without unpacking it.

A packed text is a header (version, Adler-32, length) and raw deflate that ends on a byte with a full flush.
Such parts after each other are one deflate stream (RFC 1951), and the checksum of the whole is computed from
theirs. Joined gzip members would be simpler, but curl and httpx stop after the first one.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Pages shrink several times at a tenth of the time that level 6 takes for a little more.
LEVEL = 1
HEADER = struct.Struct(">BII")
VERSION = 1
# What was packed before parts could be joined is a zlib stream of its own.
ZLIB = 0x78
LARGEST_BLOCK = 65_535
BASE = 65_521


@dataclass(frozen=True, slots=True)
class Packed:
    """What `pack` made, on its way into a stream."""

    data: bytes


type Part = bytes | Packed


def pack(data: bytes) -> bytes:
    deflate = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
    body = deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)
    return HEADER.pack(VERSION, zlib.adler32(data), len(data)) + body


def unpack(data: bytes) -> bytes:
    if data[0] == ZLIB:
        return zlib.decompress(data)
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[HEADER.size :])


def plain(parts: Sequence[Part]) -> bytes:
    return b"".join(part if isinstance(part, bytes) else unpack(part.data) for part in parts)


def join(portions: Iterable[Sequence[Part]]) -> Iterator[bytes]:
    """One zlib stream, as `Content-Encoding: deflate` wants it; packed parts go through as they are."""
    checksum, head = 1, b"\x78\x01"
    for parts in portions:
        pieces = [head]
        for part in parts:
            piece, adler, length = block(part)
            pieces.append(piece)
            checksum = combine(checksum, adler, length)
        yield b"".join(pieces)
        head = b""
    # An empty last block, and the checksum.
    yield head + b"\x03\x00" + checksum.to_bytes(4, "big")


def block(part: Part) -> tuple[bytes, int, int]:
    """Deflate blocks of a part, its Adler-32 and its length."""
    if isinstance(part, bytes):
        pieces = (part[start : start + LARGEST_BLOCK] for start in range(0, len(part), LARGEST_BLOCK))
        return b"".join(map(stored, pieces)), zlib.adler32(part), len(part)
    data = part.data if part.data[0] == VERSION else pack(unpack(part.data))
    _, adler, length = HEADER.unpack_from(data)
    return data[HEADER.size :], adler, length


def stored(piece: bytes) -> bytes:
    """A block without compression: small parts are not worth its time."""
    return struct.pack("<BHH", 0, len(piece), len(piece) ^ 0xFFFF) + piece


def combine(first: int, second: int, length: int) -> int:
    """Adler-32 of two texts after each other, of which the second has this length."""
    low, high = first & 0xFFFF, first >> 16
    high = (high + (second >> 16) + length * (low - 1)) % BASE
    low = (low + (second & 0xFFFF) - 1) % BASE
    return high << 16 | low
