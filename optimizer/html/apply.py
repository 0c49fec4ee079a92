"""Write approved text into a page, and prove that nothing else changed."""

from optimizer.html.blocks import Block
from optimizer.html.chars import collapse
from optimizer.html.encoding import Refuse
from optimizer.html.head import EDITABLE, FOLLOWERS
from optimizer.html.inline import adds_template, canonical, damage, has_control, parse
from optimizer.html.page import Page
from optimizer.html.patcher import Patcher
from optimizer.html.proof import is_proved
from optimizer.html.repeats import already_written, split_id
from optimizer.html.runs import Item

INSERTABLE = ("title", "metaDescription")
SAME = ["same"]


class Edit:
    """One apply: what was asked, what of it is possible, and what the page must show afterwards."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.patcher = Patcher(page.source)
        self.report: dict[str, str] = {}
        self.wanted: dict[str, str] = {}
        self.head_wanted: dict[str, str] = {}
        self._all = [*page.blocks, *page.json_ld.blocks]
        self._blocks = {block.id: block for block in self._all}
        self._contents = {block.content for block in self._all}

    def change_blocks(self, changes: dict[str, str]) -> None:
        parsed = {block_id: parse(content) for block_id, content in changes.items()}
        new = {block_id: canonical(items) for block_id, items in parsed.items() if items is not None}
        reasons = {name: self._reasons(name, items, new.get(name, "")) for name, items in parsed.items()}
        possible = {block_id: text for block_id, text in new.items() if not reasons[block_id]}
        repeated = already_written(self._all, possible)
        accepted: list[tuple[Block, list[Item]]] = []
        for block_id, items in parsed.items():
            block = self._blocks.get(block_id)
            if block is None:
                self.report[block_id] = "already" if new.get(block_id, "") in self._contents else "stale"
            elif reasons[block_id] == SAME:
                self.report[block_id] = "same"
            elif reasons[block_id]:
                self.report[block_id] = f"rejected:{','.join(reasons[block_id])}"
            elif block_id in repeated:
                self.report[block_id] = "already"
            elif items is not None:
                self.report[block_id] = "applied"
                self.wanted[block_id] = new[block_id]
                accepted.append((block, items))
        # Attributes first: a rewritten block takes up the edits inside its tags.
        for block, items in sorted(accepted, key=lambda pair: not pair[0].attr):
            self.patcher.replace_block(block, items)

    def _reasons(self, block_id: str, items: list[Item] | None, text: str) -> list[str]:
        """Why a change would not be written if its block were there; empty when it would."""
        block = self._blocks.get(block_id) or self._blocks.get(split_id(block_id)[0])
        if block is None:
            return [] if text else ["empty"]
        if text == block.content:
            return SAME
        return damage(block.items or parse(block.content) or [], items, text)

    def change_head(self, fields: dict[str, str], og_follows: bool) -> None:
        for name, raw in fields.items():
            self.report[name] = self._change_field(name, raw)
        # A title that is there but can't be read has a place already.
        has_title = self.page.head.title is not None
        missing = {
            name: collapse(fields[name]).strip(" ")
            for name in INSERTABLE
            if self.report.get(name) == "missing" and not (name == "title" and has_title)
        }
        if missing and self.patcher.insert_fields(self.page.head, missing):
            self.head_wanted |= missing
            self.report |= dict.fromkeys(missing, "inserted")
        for name, leader in FOLLOWERS.items() if og_follows else ():
            is_led = name in self.page.head.fields and name not in fields
            if is_led and self.report.get(leader) in ("applied", "inserted", "same"):
                self.report[name] = self._change_field(name, fields[leader])

    def _change_field(self, name: str, raw: str) -> str:
        """Write one field where it has a place; its status."""
        text, field = collapse(raw).strip(" "), self.page.head.fields.get(name)
        if name not in EDITABLE:
            return "rejected:field"
        if has_control(raw):
            return "rejected:control"
        if adds_template(field.value if field else "", text):
            return "rejected:template"
        if not text:
            return "rejected:empty"
        if field is None:
            return "missing"
        if field.value == text:
            return "same"
        self.head_wanted[name] = text
        self.patcher.replace_value(field.start, field.end, field.quote, text)
        return "applied"

    def is_proved_by(self, after: Page) -> bool:
        """Whether the new page shows what was wanted and, besides, all that the old one showed."""
        inserted = [name for name in INSERTABLE if self.report.get(name) == "inserted"]
        return is_proved(self.page, after, self.wanted, self.head_wanted, inserted)


def apply(
    page: Page | bytes,
    changes: dict[str, str],
    head: dict[str, str] | None = None,
    encoding: str | None = None,
    *,
    og_follows: bool = False,
) -> tuple[bytes, dict[str, str]]:
    """The bytes with the changes written in, and what became of each; raises Refuse like Page.

    `page` is a page's bytes, or a Page that was read before: reading is most of the work.
    `og_follows`: where the page has og: and twitter: titles and descriptions, they get the same texts.
    """
    if not isinstance(page, Page):
        page = Page(page, encoding)
    edit, data = Edit(page), page.source.data
    # A title or meta may stand inside a block, which then takes up its edit.
    edit.change_head(head or {}, og_follows)
    edit.change_blocks(changes)
    if not edit.wanted and not edit.head_wanted:
        return data, edit.report
    out = edit.patcher.result()
    try:
        proves_itself = edit.is_proved_by(Page(out, page.encoding))
    except Refuse:
        proves_itself = False
    if proves_itself:
        return out, edit.report
    failed = {name: "verify-failed" for name in (*edit.wanted, *edit.head_wanted)}
    return data, edit.report | failed
