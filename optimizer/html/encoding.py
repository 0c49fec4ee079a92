"""Which encoding a page is in, and how its bytes become text and back."""

import codecs
import re
from collections.abc import Callable

from optimizer.html.chars import WS, lower
from optimizer.html.names import words
from optimizer.html.tokenizer import Tokenizer


class Refuse(Exception):
    """This page is not worked on; `reason` is a code: too_large, empty, not_html, no_text, encoding."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


PRESCAN = 1024
# A quote that never ends names nothing.
_CHARSET = re.compile(
    r"""charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:(["'])(.*?)\1|(?!["'])([^\t\n\f\r ;]*)|["'])""", re.I | re.S | re.A
)
_XML = re.compile(r"""<\?xml[^>]*?encoding[\0- ]*=[\0- ]*(["'])([^"'\0- >]+)\1[^>]*>""")
_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16le": "utf-16 utf-16le ucs-2 unicode csunicode iso-10646-ucs-2",
    "utf-16be": "utf-16be unicodefffe",
    "windows-1252": "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin1 l1 ascii "
    "us-ascii ansi_x3.4-1968 cp819 ibm819 csisolatin1 iso-ir-100",
    "windows-1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5",
    "windows-874": "windows-874 iso-8859-11 iso8859-11 tis-620 dos-874",
    "iso-8859-2": "iso-8859-2 iso8859-2 iso88592 iso_8859-2 latin2 l2",
    "iso-8859-3": "iso-8859-3 iso8859-3 iso88593 iso_8859-3 latin3 l3",
    "iso-8859-4": "iso-8859-4 iso8859-4 iso88594 iso_8859-4 latin4 l4",
    "iso-8859-5": "iso-8859-5 iso8859-5 iso88595 iso_8859-5 cyrillic",
    "iso-8859-6": "iso-8859-6 iso8859-6 iso88596 iso_8859-6 arabic",
    "iso-8859-7": "iso-8859-7 iso8859-7 iso88597 iso_8859-7 greek greek8",
    "iso-8859-8": "iso-8859-8 iso8859-8 iso88598 iso_8859-8 hebrew visual iso-8859-8-i logical",
    "iso-8859-10": "iso-8859-10 iso8859-10 iso885910 latin6 l6",
    "iso-8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso-8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso-8859-15": "iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso-8859-16": "iso-8859-16",
    "windows-1250": "windows-1250 cp1250 x-cp1250",
    "windows-1251": "windows-1251 cp1251 x-cp1251",
    "windows-1253": "windows-1253 cp1253 x-cp1253",
    "windows-1255": "windows-1255 cp1255 x-cp1255",
    "windows-1256": "windows-1256 cp1256 x-cp1256",
    "windows-1257": "windows-1257 cp1257 x-cp1257",
    "windows-1258": "windows-1258 cp1258 x-cp1258",
    "koi8-r": "koi8-r koi8 koi8_r koi cskoi8r",
    "koi8-u": "koi8-u koi8-ru",
    "ibm866": "ibm866 866 cp866 csibm866",
    "macintosh": "macintosh mac x-mac-roman csmacintosh",
    "gbk": "gbk gb2312 gb_2312-80 x-gbk chinese csgb2312 gb18030",
    "big5": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "shift_jis": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
    "euc-kr": "euc-kr ks_c_5601-1987 ksc5601 ksc_5601 korean windows-949 cseuckr",
}
LABELS = {label: encoding for encoding, labels in _LABELS.items() for label in labels.split()}
# Their ASCII bytes do not always mean ASCII, or no two readers agree on their letters.
REFUSED = words(
    "iso-2022-jp csiso2022jp iso-2022-kr csiso2022kr iso-2022-cn iso-2022-cn-ext hz-gb-2312 utf-7 utf-32 "
    "x-mac-cyrillic x-mac-ukrainian x-user-defined replacement"
)
# Python and JavaScript read thousands of their sequences differently, so only their ASCII is worked on.
MULTIBYTE = words("gbk big5 euc-jp shift_jis euc-kr")
UNICODE = {"utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
_PYTHON_NAMES = {"windows-874": "cp874", "macintosh": "mac_roman", "ibm866": "cp866"}


def single_byte_table(encoding: str) -> list[str]:
    """The 256 characters; "" is undefined, and undefined 0x80-0x9F are C1 controls as on the web."""
    codec = _PYTHON_NAMES.get(encoding, encoding)
    table = [codecs.decode(bytes([byte]), codec, "ignore") for byte in range(256)]
    return [char or (chr(byte) if 0x80 <= byte < 0xA0 else "") for byte, char in enumerate(table)]


def resolve(label: str) -> str | None:
    """The encoding of a label; None when unknown. Refuses those a byte position means nothing in."""
    label = lower(label.strip(WS))
    if label in REFUSED:
        raise Refuse("encoding")
    return LABELS.get(label)


def declared(head: bytes) -> str | None:
    """The encoding that a `<meta>` in the first bytes names, else an XML declaration."""
    units = head.decode("latin-1")
    for token in Tokenizer(units):
        if token.kind != "start" or token.name != "meta":
            continue
        values = {a.name: units[a.value_start : a.value_end] for a in token.attributes}
        label = values.get("charset")
        if label is None and lower(values.get("http-equiv", "")) == "content-type":
            label = _charset_in(values.get("content", ""))
        encoding = _ascii_based(label)
        if encoding:
            return encoding
    xml = _XML.match(units)
    return _ascii_based(xml[2]) if xml else None


def _ascii_based(label: str | None) -> str | None:
    encoding = resolve(label) if label else None
    # A page whose ASCII declaration could be read is not UTF-16.
    return "utf-8" if encoding and encoding.startswith("utf-16") else encoding


def _charset_in(content: str) -> str | None:
    """What follows `charset=` in an http-equiv content."""
    found = _CHARSET.search(content)
    return found[2] or found[3] if found else None


def is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def detect(data: bytes, option: str | None) -> tuple[str, int, bool, list[str]]:
    """(encoding, bytes of its mark, whether the page says so itself, warnings)."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be")):
        if data.startswith(mark):
            return encoding, len(mark), True, []
    if option:
        return _chosen(resolve(option), data)
    named = declared(data[:PRESCAN])
    if named and named != "utf-8" and not data.isascii() and is_utf8(data):
        # Valid UTF-8 by chance is far rarer than an old `<meta>` that lies.
        return "utf-8", 0, True, ["encoding_conflict"]
    if named:
        return _chosen(named, data)
    if data.isascii():
        return "utf-8", 0, False, []
    return ("utf-8" if is_utf8(data) else "windows-1252"), 0, True, []


def _chosen(encoding: str | None, data: bytes) -> tuple[str, int, bool, list[str]]:
    if encoding is None or (encoding in MULTIBYTE and not data.isascii()):
        raise Refuse("encoding")
    return encoding, 0, True, []


def encoder(encoding: str, ascii_only: bool) -> Callable[[str], bytes]:
    """Text to bytes; what the encoding can't hold becomes `&#N;`."""
    if encoding in UNICODE and not ascii_only:
        codec = UNICODE[encoding]
        return lambda text: text.encode(codec)
    if ascii_only or encoding in MULTIBYTE:
        # No reader is in doubt about a reference.
        return lambda text: text.encode("ascii", "xmlcharrefreplace")
    table = {char: bytes([byte]) for byte, char in enumerate(single_byte_table(encoding)) if char}
    return lambda text: b"".join(table.get(char) or b"&#%d;" % ord(char) for char in text)
