"""Edits to bytes: new text is spliced into the original, every other byte is copied."""

from bisect import bisect_left, insort

from optimizer.html.blocks import Block
from optimizer.html.chars import collapse, escape, pieces
from optimizer.html.encoding import UNICODE
from optimizer.html.head import Head
from optimizer.html.jsonld import TYPE as JSON_LD
from optimizer.html.jsonld import write
from optimizer.html.runs import Item
from optimizer.html.source import Source
from optimizer.html.tags import LACKING

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;"}
QUOTES = {'"': {'"': "&quot;"}, "'": {"'": "&#39;"}}
LINE_ENDS = ("\r\n", "\n", "\r")


class Patcher:
    def __init__(self, source: Source) -> None:
        self.source = source
        self._edits: dict[tuple[int, int], bytes] = {}
        # Places of the values among them, in order: a rewritten block may hold some.
        self._values: list[tuple[int, int]] = []

    def replace_block(self, block: Block, items: list[Item]) -> None:
        """Write the items of an accepted answer in place of the block's."""
        if block.attr:
            text = collapse("".join(item.text or "" for item in items)).strip(" ")
            if escape(text) == block.content:
                # White space may be spelled as references, which content does not tell.
                self._set_value(block.start, block.end, self.source.slice(block.start, block.end))
            elif block.type == JSON_LD:
                is_unicode = self.source.encoding in UNICODE and self.source.is_declared
                value = self.source.encode(write(text, is_unicode))
                self._set_value(block.start, block.end, value)
            else:
                self.replace_value(block.start, block.end, block.quote, text)
        else:
            self._edits[block.start, block.end] = self._rebuild(block, items)

    def replace_value(self, start: int, end: int, quote: str | None, text: str) -> None:
        """A value in its own quotes (unquoted ones get `"`), or the text of a title when `quote` is None.

        The only attribute that may be written anew is a picture's `alt`.
        """
        if quote == LACKING:
            value = self._spell(text, QUOTES['"'])
            self._set_value(start, end, self.source.encode(' alt="') + value + self.source.encode('"'))
            return
        spellings = self._spellings(start, end, in_attribute=quote is not None)
        if quote is None:
            self._set_value(start, end, self._spell(text, spellings))
            return
        mark = quote or '"'
        value = self._spell(text, QUOTES[mark] | spellings)
        wrap = b"" if quote else self.source.encode(mark)
        self._set_value(start, end, wrap + value + wrap)

    def _set_value(self, start: int, end: int, new: bytes) -> None:
        insort(self._values, (start, end))
        self._edits[start, end] = new

    def insert_fields(self, head: Head, fields: dict[str, str]) -> bool:
        """Put a missing title or description after the title, charset or head tag; False without a place."""
        places = [token for token in (head.title_end, head.charset) if token]
        anchor = max(places, key=lambda token: token.end) if places else head.opening
        if anchor is None:
            return False
        gap = self._gap_after(anchor.end) if not places else self._gap_before(anchor.start)
        close = " />" if head.uses_slash else ">"
        out = b""
        for name, text in fields.items():
            value = self._spell(text, QUOTES['"'] if name != "title" else {})
            before, after = ("<title>", "</title>") if name == "title" else (_DESCRIPTION, f'"{close}')
            out += self.source.encode(gap + before) + value + self.source.encode(after)
        self._edits[anchor.end, anchor.end] = out
        return True

    def result(self) -> bytes:
        """The page with every edit; those inside a rewritten block are already part of it."""
        out, at = [], 0
        for (start, end), new in sorted(self._edits.items()):
            if start >= at:
                out += [self.source.slice(at, start), new]
                at = end
        out.append(self.source.slice(at, len(self.source.units)))
        return b"".join(out)

    def _rebuild(self, block: Block, items: list[Item]) -> bytes:
        """Tags and atoms keep their bytes, and so does every text that follows the same tag as before."""
        units = {(item.kind, item.label): item for item in block.items if item.kind != "text"}
        texts: dict[tuple[str, str], Item] = {}
        before = ("", "")
        for item in block.items:
            if item.kind == "text":
                texts[before] = item
            before = (item.kind, item.label)
        spellings = self._spellings_of(block.items)
        out, before = [], ("", "")
        last = len(items) - 1
        for index, item in enumerate(items):
            if item.kind == "text":
                text = collapse(item.text or "")
                text = text.lstrip(" ") if index == 0 else text
                text = text.rstrip(" ") if index == last else text
                out.append(self._text(text, texts.get(before), block, spellings, index == last))
            else:
                kept = units[item.kind, item.label]
                out.append(self._copy(kept.start, kept.end))
            before = (item.kind, item.label)
        return b"".join(out)

    def _text(
        self, text: str, old: Item | None, block: Block, spellings: dict[str, str], is_last: bool
    ) -> bytes:
        """The old bytes where the text did not change, else the new text."""
        if old:
            was = collapse(old.text or "")
            was = was.lstrip(" ") if old is block.items[0] else was
            was = was.rstrip(" ") if old is block.items[-1] else was
            # A raw `</` at the end of the file would swallow a tag that now follows it.
            is_safe = is_last or not self.source.units.startswith("</", old.end - 2)
            if was == text and is_safe:
                return self.source.slice(old.start, old.end)
        return self._spell(text, spellings)

    def _copy(self, start: int, end: int) -> bytes:
        """Original bytes, with the attribute edits made inside them."""
        out, at = b"", start
        for edit_start, edit_end in self._inside(start, end):
            out += self.source.slice(at, edit_start) + self._edits[edit_start, edit_end]
            at = edit_end
        return out + self.source.slice(at, end)

    def _inside(self, start: int, end: int) -> list[tuple[int, int]]:
        first = bisect_left(self._values, (start, start))
        return self._values[first : bisect_left(self._values, (end, end))]

    def _spellings(self, start: int, end: int, in_attribute: bool) -> dict[str, str]:
        """How the page itself writes characters as references between two positions."""
        text = self.source.decode(start, end)
        if text is None or "&" not in text:
            return {}
        found: dict[str, str] = {}
        for written, char in pieces(text, in_attribute):
            if written != char and len(char) == 1:
                found.setdefault(char, written if written.endswith(";") else f"{written};")
        return found

    def _spellings_of(self, items: list[Item]) -> dict[str, str]:
        found: dict[str, str] = {}
        for item in items:
            if item.kind == "text":
                found = self._spellings(item.start, item.end, in_attribute=False) | found
        return found

    def _spell(self, text: str, spellings: dict[str, str]) -> bytes:
        how = {ord(char): written for char, written in (ESCAPES | spellings).items()}
        return self.source.encode(text.translate(how))

    def _gap_before(self, start: int) -> str:
        """Line end and indentation of the line a tag starts, or nothing where it does not start a line."""
        units, at = self.source.units, start
        # An end tag stands behind its element: look at the line the element begins.
        if units.startswith("</", start):
            at = units.rfind("<", 0, start)
        indent = at
        while indent > 0 and units[indent - 1] in "\t ":
            indent -= 1
        return self._line_end(indent) + units[indent:at] if self._line_end(indent) else ""

    def _gap_after(self, end: int) -> str:
        """The white space that already follows the head tag, from its last line end on."""
        units, at = self.source.units, end
        while at < len(units) and units[at] in "\t\n\r ":
            at += 1
        indent = at
        while indent > end and units[indent - 1] in "\t ":
            indent -= 1
        line_end = self._line_end(indent) if indent > end else ""
        return line_end + units[indent:at] if line_end else ""

    def _line_end(self, at: int) -> str:
        """The line end right before a position; "" where there is none."""
        # A slice, because a negative start would look at the end of the file.
        before = self.source.units[max(0, at - 2) : at]
        return next((mark for mark in LINE_ENDS if before.endswith(mark)), "")


_DESCRIPTION = '<meta name="description" content="'
