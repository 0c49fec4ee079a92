"""One walk over the tokens of a page: runs between block borders, head fields, attributes worth a block."""

from optimizer.html.blocks import Block
from optimizer.html.chars import WS, collapse, escape, has_letter, lower, unescape
from optimizer.html.head import Head
from optimizer.html.inline import Item, split, trim, write
from optimizer.html.jsonld import JsonLd, is_json_ld
from optimizer.html.names import (
    BUTTON_TYPES,
    HEAD_ONLY,
    INLINE,
    INLINE_VOID,
    NAMED_ATOMS,
    OPAQUE,
    PHRASE,
    TEXT_ATTRIBUTES,
    VOID,
    WITH_IMAGES,
    words,
)
from optimizer.html.regions import Container, Containers, is_left_alone
from optimizer.html.selector import Selector
from optimizer.html.source import Source
from optimizer.html.tokenizer import Attribute, Token

_IN_RUNS = INLINE | INLINE_VOID | OPAQUE
_ALT = words("img area input")
_PLACEHOLDER = words("input textarea")
_NO_TEXT_ATTRIBUTES = words("link meta style script title")


def is_border(token: Token) -> bool:
    """Whether a tag ends the run before it, custom elements aside."""
    return token.name != "" and not token.foreign and token.name not in _IN_RUNS


class Walk:
    def __init__(self, source: Source, tokens: list[Token], hero: Selector = ()) -> None:
        self.source = source
        self.tokens = tokens
        self.containers = Containers(hero)
        self.head = Head(source)
        self.json_ld = JsonLd(source)
        self.blocks: list[Block] = []
        self.main_selector = "body"
        self.undecodable = False
        # Until the first text or tag that can't stand in a head.
        self._before_content = True
        self._run: list[Item] = []
        # Containers that are skipped until the end tag of an inline element is reached.
        self._left_alone: dict[int, Container] = {}
        self._partners, self._borders = self._pair()
        index = 0
        while index < len(tokens):
            index = self._step(index)
        self._flush()
        self.blocks.sort(key=lambda block: block.start)

    def _pair(self) -> tuple[dict[int, int], list[int]]:
        """The end tag of each start tag, name by name, and how many borders precede each token."""
        partners: dict[int, int] = {}
        stacks: dict[str, list[int]] = {}
        borders = [0]
        for index, token in enumerate(self.tokens):
            borders.append(borders[-1] + is_border(token))
            if token.foreign or token.name in VOID:
                continue
            if token.kind == "start":
                stacks.setdefault(token.name, []).append(index)
            elif token.kind == "end" and stacks.get(token.name):
                partners[stacks[token.name].pop()] = index
        return partners, borders

    def _step(self, index: int) -> int:
        """Take the token at `index`; the index of the next one to take."""
        token = self.tokens[index]
        if token.kind == "start":
            return self._start(index)
        if token.kind == "text":
            self._text(token)
        elif token.kind == "end" and is_border(token):
            self._flush()
            self.containers.close(token.name)
        elif index in self._left_alone:
            self._flush()
            self._left_alone.pop(index).is_skipped = False
        elif token.kind == "end" and token.name in INLINE:
            self._run.append(Item("close", token.name, start=token.start, end=token.end))
        else:
            # Browsers make a line break of `</br>`; other stray tags and comments are kept as they are.
            self._atom(token, token, "br" if token.name == "br" else "x")
        return index + 1

    def _text(self, token: Token) -> None:
        if token.mode != "data":
            self._flush()
            return
        text = self.source.decode(token.start, token.end)
        item = Item("text", text=text, start=token.start, end=token.end)
        if text is not None:
            item.text = None if "\0" in text else unescape(text)
        if not item.is_blank:
            self._before_content = False
            if self.containers.top.name == "head":
                self._flush()
                self.containers.close("head")
        self._run.append(item)

    def _start(self, index: int) -> int:
        token = self.tokens[index]
        if not token.foreign:
            self._before_content = self._before_content and token.name in HEAD_ONLY
            self.head.take(self.tokens, index, self._before_content)
            if token.name not in HEAD_ONLY and self.containers.top.name == "head":
                self._flush()
                self.containers.close("head")
        values = {a.name: self._raw(a) for a in token.attributes} if token.attributes else {}
        last = self._opaque_end(index, values)
        if last is not None:
            self._opaque(index, last, values)
            return last + 1
        if token.name in INLINE and is_left_alone(values, "" if index in self._partners else "aria-hidden"):
            self._leave_alone(index)
            return index + 1
        if token.name in INLINE:
            item = Item("open", token.name, start=token.start, end=token.end)
            if token.name == "a":
                item.href = self._plain(token, "href")
            self._run.append(item)
            self._attributes(token, self.containers.top)
            return index + 1
        self._flush()
        element = self.containers.open(token.name, values)
        if element.region == "main" and self.main_selector == "body":
            is_main = token.name == "main"
            self.main_selector = element.step if element.has_id else "main" if is_main else '[role="main"]'
        self._attributes(token, element)
        return index + 1

    def _leave_alone(self, index: int) -> None:
        """An inline element with borders in it, or without an end: the container is skipped as long."""
        self._flush()
        element, partner = self.containers.top, self._partners.get(index)
        if partner is not None and not element.is_skipped:
            self._left_alone[partner] = element
        element.is_skipped = True

    def _opaque_end(self, index: int, values: dict[str, str]) -> int | None:
        """The last token of an atom that starts here; None when this tag starts no atom."""
        token = self.tokens[index]
        if token.foreign:
            return self._foreign_end(index)
        if token.name in INLINE_VOID:
            return index
        partner = self._partners.get(index)
        if token.name in OPAQUE:
            is_broken = partner is not None and token.name in PHRASE and self._has_border(index, partner)
            return index if partner is None or is_broken else partner
        if partner is None:
            return None
        if token.name in INLINE:
            return partner if is_left_alone(values) and not self._has_border(index, partner) else None
        if "-" in token.name:
            between = self.tokens[index + 1 : min(partner, index + 3)]
            is_empty = all(t.kind == "text" and not self._units(t).strip(WS) for t in between)
            return partner if is_empty and partner <= index + 2 else None
        return None

    def _foreign_end(self, index: int) -> int:
        """Where the namespace of an svg or math tag is left, or the file ends."""
        token = self.tokens[index]
        if token.self_closing:
            return index
        for last in range(index + 1, len(self.tokens)):
            after = self.tokens[last]
            if after.depth < token.depth:
                return last if after.kind == "end" and after.foreign else last - 1
        return len(self.tokens) - 1

    def _has_border(self, start: int, end: int) -> bool:
        return self._borders[end] > self._borders[start]

    def _opaque(self, index: int, last: int, values: dict[str, str]) -> None:
        token, element = self.tokens[index], self.containers.top
        self._atom(token, self.tokens[last], token.name if token.name in NAMED_ATOMS else "x")
        if token.name == "template" and last == index and not token.foreign:
            # Without its end tag the rest of the page is inside, and nobody sees it.
            self._flush()
            self.containers.skip_rest()
        if is_left_alone(values) or element.is_skipped:
            return
        if last == index + 2 and is_json_ld(token.name, values.get("type", "")):
            self.json_ld.take(self.tokens[index + 1], self.containers.path())
        self._attributes(token, element)
        if token.name in WITH_IMAGES:
            for inner in self.tokens[index + 1 : last]:
                if inner.kind == "start" and inner.name in ("img", "area"):
                    self._attributes(inner, element)

    def _atom(self, first: Token, last: Token, name: str) -> None:
        self._run.append(Item("atom", name, start=first.start, end=last.end))

    def _flush(self) -> None:
        """Turn the run so far into blocks."""
        run, self._run = self._run, []
        element = self.containers.top
        if element.is_skipped or element.region == "head":
            return
        if any(item.kind == "text" and not item.is_blank for item in run):
            for piece in split(run):
                self._piece(piece, element)

    def _piece(self, piece: list[Item], element: Container) -> None:
        items, peeled = trim(piece)
        texts = [item.text for item in items if item.kind == "text"]
        if None in texts:
            self.undecodable = True
            return
        if not any(has_letter(text) for text in texts if text):
            return
        units = self.source.units
        first, last = items[0], items[-1]
        while first.kind == "text" and units[first.start] in WS:
            first.start += 1
        while last.kind == "text" and units[last.end - 1] in WS:
            last.end -= 1
        content = write(items)
        href = next((item.href for item in peeled if item.href), "")
        self.blocks.append(
            Block(
                element.name,
                content,
                first.start,
                last.end,
                element.region,
                attributes={"href": href} if href else {},
                items=items,
                path=self.containers.path(),
                is_hero=element.is_hero,
            )
        )

    def _attributes(self, token: Token, element: Container) -> None:
        """Blocks for the attributes of a tag that visitors read."""
        if element.is_skipped or element.region == "head" or token.name in _NO_TEXT_ATTRIBUTES:
            return
        if token.name == "input" and lower(self._plain(token, "type")) == "hidden":
            return
        for attribute in token.attributes:
            if attribute.quote is None or not self._is_text_attribute(token, attribute.name):
                continue
            text = self.source.decode(attribute.value_start, attribute.value_end)
            if text is None or "\0" in text:
                self.undecodable = True
                continue
            content = collapse(unescape(text, in_attribute=True)).strip(WS)
            if has_letter(content):
                self._attribute_block(token, attribute, content, element)

    def _attribute_block(self, token: Token, attribute: Attribute, content: str, element: Container) -> None:
        attributes = {"attr": attribute.name}
        for name in ("src", "href"):
            value = self._plain(token, name)
            if value:
                attributes[name] = value
        self.blocks.append(
            Block(
                token.name,
                escape(content),
                attribute.value_start,
                attribute.value_end,
                element.region,
                attr=attribute.name,
                quote=attribute.quote,
                attributes=attributes,
                path=self.containers.path(),
                is_hero=element.is_hero,
            )
        )

    def _is_text_attribute(self, token: Token, name: str) -> bool:
        if name == "alt":
            return token.name in _ALT
        if name == "placeholder":
            return token.name in _PLACEHOLDER
        if name == "value":
            return token.name == "input" and lower(self._plain(token, "type")) in BUTTON_TYPES
        return name in TEXT_ATTRIBUTES

    def _plain(self, token: Token, name: str) -> str:
        """A decoded attribute value; "" when absent or undecodable."""
        for attribute in token.attributes:
            if attribute.name == name:
                text = self.source.decode(attribute.value_start, attribute.value_end)
                return unescape(text or "", in_attribute=True).strip(WS)
        return ""

    def _raw(self, attribute: Attribute) -> str:
        return self.source.units[attribute.value_start : attribute.value_end]

    def _units(self, token: Token) -> str:
        return self.source.units[token.start : token.end]
