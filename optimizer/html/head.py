"""What a page says about itself outside its text: title, metas, links and language."""

from dataclasses import dataclass

from optimizer.html.chars import WS, collapse, lower, terms, unescape
from optimizer.html.names import words
from optimizer.html.source import Source
from optimizer.html.tags import Attribute
from optimizer.html.tokenizer import Token

FIXED = ("title", "metaDescription", "canonical", "favicon", "lang")
# What a page says elsewhere in place of its title and description.
FOLLOWERS = {
    "og:title": "title",
    "twitter:title": "title",
    "og:description": "metaDescription",
    "twitter:description": "metaDescription",
}
EDITABLE = ("title", "metaDescription", *FOLLOWERS)


@dataclass(slots=True)
class Field:
    """A head value and its place; `quote` is None for the title's text."""

    value: str
    start: int
    end: int
    quote: str | None = None
    # Before any content: certain even on an ambiguous page.
    is_early: bool = True


class Head:
    # Start tags worth a look.
    NAMES = words("html head title meta link")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fields: dict[str, Field] = {}
        self.title: Token | None = None
        # Tags before any content, which a missing field can be inserted after.
        self.title_end: Token | None = None
        self.charset: Token | None = None
        self.opening: Token | None = None
        self.uses_slash: bool | None = None
        self._is_early = True

    def take(self, tokens: list[Token], index: int, is_before_content: bool) -> None:
        """Look at a start tag outside opaque elements."""
        token = tokens[index]
        self._is_early = is_before_content
        if is_before_content:
            self._note_place(tokens, index)
        values = {a.name: a for a in token.attributes}
        if token.name == "title":
            self._take_title(tokens, index)
        elif token.name == "meta":
            self._take_meta(token, values)
        elif token.name == "link":
            self._take_link(token, values)
        elif token.name == "html" and "lang" in values:
            self._keep("lang", values["lang"])

    def values(self) -> dict[str, str]:
        """The five fixed fields ("" when absent), then metas by name in page order."""
        found = {name: self.fields[name].value if name in self.fields else "" for name in FIXED}
        found.update((name, field.value) for name, field in self.fields.items() if name not in FIXED)
        return found

    def keep_early(self) -> None:
        """Forget what stands behind the first content."""
        self.fields = {name: field for name, field in self.fields.items() if field.is_early}

    def _note_place(self, tokens: list[Token], index: int) -> None:
        token = tokens[index]
        names = {a.name for a in token.attributes}
        if token.name == "head":
            self.opening = self.opening or token
        elif token.name == "meta" and ("charset" in names or self._is_content_type(token)):
            self.charset = self.charset or token
        elif token.name == "title":
            end = next((t for t in tokens[index + 1 : index + 3] if t.kind == "end"), None)
            self.title_end = self.title_end or end

    def _is_content_type(self, token: Token) -> bool:
        found = next((a for a in token.attributes if a.name == "http-equiv"), None)
        return lower(self._raw(found)) == "content-type"

    def _take_title(self, tokens: list[Token], index: int) -> None:
        following = tokens[index + 1 : index + 3]
        if self.title or not following:
            return
        text = following[0] if following[0].kind == "text" else None
        end = following[-1] if text else following[0]
        if end.kind != "end" or end.name != "title":
            return
        self.title = end
        start, stop = (text.start, text.end) if text else (end.start, end.start)
        units = self.source.units
        while start < stop and units[start] in WS:
            start += 1
        while stop > start and units[stop - 1] in WS:
            stop -= 1
        value = self.source.decode(start, stop)
        if value is not None:
            self.fields["title"] = Field(
                collapse(unescape(value)).strip(WS), start, stop, None, self._is_early
            )

    def _take_meta(self, token: Token, values: dict[str, Attribute]) -> None:
        self._note_slash(token)
        if "charset" in values or self._is_content_type(token):
            return
        name = lower(self._raw(values.get("name")) or self._raw(values.get("property"))).strip(WS)
        if name == "description":
            name = "metaDescription"
        elif name in ("title", "canonical", "favicon", "lang") or not name.isascii():
            return
        if name and "content" in values:
            self._keep(name, values["content"])

    def _take_link(self, token: Token, values: dict[str, Attribute]) -> None:
        self._note_slash(token)
        rel = terms(self._raw(values.get("rel")))
        if "href" in values and "canonical" in rel:
            self._keep("canonical", values["href"])
        if "href" in values and "icon" in rel:
            self._keep("favicon", values["href"])

    def _note_slash(self, token: Token) -> None:
        if self.uses_slash is None:
            self.uses_slash = token.self_closing

    def _raw(self, attribute: Attribute | None) -> str:
        return self.source.units[attribute.value_start : attribute.value_end] if attribute else ""

    def _keep(self, name: str, attribute: Attribute) -> None:
        """The first of a name wins, as it does in browsers and search engines."""
        text = self.source.decode(attribute.value_start, attribute.value_end)
        if name not in self.fields and text is not None and attribute.quote is not None:
            value = collapse(unescape(text, in_attribute=True)).strip(WS)
            self.fields[name] = Field(
                value, attribute.value_start, attribute.value_end, attribute.quote, self._is_early
            )
