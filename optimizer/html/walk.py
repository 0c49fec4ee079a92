"""One walk over the tokens of a page: runs between block borders, head fields, attributes worth a block."""

from optimizer.html.atoms import Atoms, is_border
from optimizer.html.blocks import Block
from optimizer.html.chars import WS, collapse, escape, has_letter, unescape
from optimizer.html.head import Head
from optimizer.html.inline import write
from optimizer.html.jsonld import JsonLd, is_json_ld
from optimizer.html.names import HEAD_ONLY, INLINE, NAMED_ATOMS, WITH_IMAGES
from optimizer.html.regions import Container, Containers
from optimizer.html.runs import Item, Kind, split, trim
from optimizer.html.selector import Selector
from optimizer.html.source import Source
from optimizer.html.tags import LACKING, Attribute, Tag
from optimizer.html.tokenizer import Token
from optimizer.html.traits import Traits, file_name, is_left_alone, traits_of


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
        self._has_text = False
        # Containers that are skipped until the end tag of an inline element is reached.
        self._left_alone: dict[int, Container] = {}
        self._atoms = Atoms(source.units, tokens)
        past = 0
        for index, token in enumerate(tokens):
            if index < past:
                continue
            kind = token.kind
            if kind == "start":
                past = self._start(index, token)
            elif kind == "text":
                self._text(token)
            elif kind == "end" and is_border(token):
                if self._run:
                    self._flush()
                self.containers.close(token.name)
            else:
                self._close(index, token)
        self._flush()
        self.blocks.sort(key=lambda block: block.start)

    def _close(self, index: int, token: Token) -> None:
        """Take an end tag inside a run, or something that is neither tag nor text."""
        if index in self._left_alone:
            self._flush()
            self._left_alone.pop(index).is_skipped = False
        elif token.kind == "end" and token.name in INLINE:
            self._add("close", token.name, token, token.end)
        else:
            # Browsers make a line break of `</br>`; other stray tags and comments are kept as they are.
            self._add("atom", "br" if token.name == "br" else "x", token, token.end)

    def _add(self, kind: Kind, name: str, token: Token, end: int, href: str = "") -> None:
        """A tag or an atom to the run, behind the white space before it; a run's first would be trimmed."""
        if token.space and self._run:
            self._run.append(Item("text", "", " ", token.start - token.space, token.start))
        self._run.append(Item(kind, name, "", token.start, end, href=href))

    def _text(self, token: Token) -> None:
        if token.mode != "data":
            self._flush()
            return
        start, end = token.start, token.end
        text = self.source.decode(start, end)
        if text is not None:
            text = None if "\0" in text else unescape(text)
        item = Item("text", "", text, start, end)
        if not item.is_blank:
            self._before_content = False
            if self.containers.top.name == "head":
                self._leave_head()
            self._has_text = True
        self._run.append(item)

    def _leave_head(self) -> None:
        self._flush()
        self.containers.close("head")

    def _start(self, index: int, token: Token) -> int:
        name, tag = token.name, token.tag
        if not token.foreign:
            if name not in HEAD_ONLY:
                self._before_content = False
                if self.containers.top.name == "head":
                    self._leave_head()
            elif name in Head.NAMES:
                self.head.take(self.tokens, index, self._before_content)
        traits = traits_of(tag)
        last = self._atoms.end_of(index, traits) if traits.may_be_atom or token.foreign else None
        if last is not None:
            self._opaque(index, last, traits)
            return last + 1
        if name not in INLINE:
            if self._run:
                self._flush()
            element = self.containers.open(tag, traits)
            if element.region == "main" and self.main_selector == "body":
                is_main = name == "main"
                self.main_selector = element.id_step or ("main" if is_main else '[role="main"]')
            if traits.texts:
                self._attributes(token, traits, element)
        elif traits.is_left_alone and self._is_left_alone(index, tag):
            self._leave_alone(index)
        else:
            href = self._plain(tag, "href") if name == "a" else ""
            self._add("open", name, token, token.end, href)
            if traits.texts:
                self._attributes(token, traits, self.containers.top)
        return index + 1

    def _is_left_alone(self, index: int, tag: Tag) -> bool:
        return index in self._atoms.partners or is_left_alone(tag.values, besides="aria-hidden")

    def _leave_alone(self, index: int) -> None:
        """An inline element with borders in it, or without an end: the container is skipped as long."""
        self._flush()
        element, partner = self.containers.top, self._atoms.partners.get(index)
        if partner is not None and not element.is_skipped:
            self._left_alone[partner] = element
        element.is_skipped = True

    def _opaque(self, index: int, last: int, traits: Traits) -> None:
        token, element = self.tokens[index], self.containers.top
        name = token.name
        self._add("atom", name if name in NAMED_ATOMS else "x", token, self.tokens[last].end)
        if name == "template" and last == index and not token.foreign:
            # Without its end tag the rest of the page is inside, and nobody sees it.
            self._flush()
            self.containers.skip_rest()
        if traits.is_left_alone or element.is_skipped:
            return
        if last == index + 2 and is_json_ld(name, token.tag.values.get("type", "")):
            self.json_ld.take(self.tokens[index + 1], element)
        if traits.texts:
            self._attributes(token, traits, element)
        if name in WITH_IMAGES:
            for inner in self.tokens[index + 1 : last]:
                if inner.kind == "start" and inner.name in ("img", "area"):
                    self._attributes(inner, traits_of(inner.tag), element)

    def _flush(self) -> None:
        """Turn the run so far into blocks."""
        run, self._run = self._run, []
        has_text, self._has_text = self._has_text, False
        element = self.containers.top
        if has_text and not element.is_skipped and element.region != "head":
            if len(run) == 1:
                self._piece(run, [], element)
            else:
                for piece in split(run):
                    self._piece(*trim(piece), element)

    def _piece(self, items: list[Item], peeled: list[Item], element: Container) -> None:
        texts = [item.text for item in items if item.kind == "text"]
        if None in texts:
            self.undecodable = True
            return
        if not has_letter("".join(text for text in texts if text)):
            return
        self._strip(items[0], items[-1])
        href = next((item.href for item in peeled if item.href), "")
        self.blocks.append(
            Block(
                element.name,
                write(items),
                items[0].start,
                items[-1].end,
                element.region,
                attributes={"href": href} if href else {},
                items=items,
                place=element,
                is_hero=element.is_hero,
            )
        )

    def _strip(self, first: Item, last: Item) -> None:
        """Leave the white space at the edges of a block outside."""
        units = self.source.units
        if first.kind == "text":
            first.start = first.end - len(units[first.start : first.end].lstrip(WS))
        if last.kind == "text":
            last.end = last.start + len(units[last.start : last.end].rstrip(WS))

    def _attributes(self, token: Token, traits: Traits, element: Container) -> None:
        """Blocks for the attributes of a tag that visitors read."""
        if element.is_skipped or element.region == "head":
            return
        for attribute in map(token.place, traits.texts):
            text = self.source.decode(attribute.value_start, attribute.value_end)
            if text is None or "\0" in text:
                self.undecodable = True
                continue
            content = collapse(unescape(text, in_attribute=True)).strip(WS)
            if attribute.quote == LACKING:
                content = file_name(self._plain(token.tag, "src"))
            if has_letter(content):
                self._attribute_block(token, attribute, content, element)

    def _attribute_block(self, token: Token, attribute: Attribute, content: str, element: Container) -> None:
        attributes = {"attr": attribute.name}
        for name in ("src", "href"):
            value = self._plain(token.tag, name)
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
                lacking=token.tag.shape if attribute.quote == LACKING else (),
                attributes=attributes,
                place=self.containers.top,
                is_hero=element.is_hero,
            )
        )

    def _plain(self, tag: Tag, name: str) -> str:
        """A decoded attribute value; "" when absent or undecodable."""
        raw = tag.values.get(name)
        text = self.source.text_of(raw) if raw else ""
        return unescape(text or "", in_attribute=True).strip(WS)
