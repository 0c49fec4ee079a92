"""Write approved text into a page, and prove that nothing else changed."""

from collections import Counter

from optimizer.html.blocks import Block
from optimizer.html.chars import collapse
from optimizer.html.encoding import Refuse
from optimizer.html.head import EDITABLE
from optimizer.html.inline import Item, canonical, damage, has_control, parse
from optimizer.html.page import Page
from optimizer.html.patcher import Patcher

INSERTABLE = ("title", "metaDescription")


class Edit:
    """One apply: what was asked, what of it is possible, and what the page must show afterwards."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.patcher = Patcher(page.source)
        self.report: dict[str, str] = {}
        self.wanted: dict[str, str] = {}
        self.head_wanted: dict[str, str] = {}
        self._blocks = {block.id: block for block in page.blocks}
        self._order = {block.id: index for index, block in enumerate(page.blocks)}
        self._by_content: dict[str, list[Block]] = {}
        for block in page.blocks:
            self._by_content.setdefault(block.content, []).append(block)

    def change_blocks(self, changes: dict[str, str]) -> None:
        accepted: list[tuple[Block, list[Item]]] = []
        for block_id, content in changes.items():
            items, block = parse(content), self._blocks.get(block_id)
            new = canonical(items) if items is not None else ""
            if block is None:
                self.report[block_id] = "already" if new and new in self._by_content else "stale"
            elif content == block.content or new == block.content:
                self.report[block_id] = "same"
            elif reasons := damage(block.items or [Item("text")], items):
                self.report[block_id] = f"rejected:{','.join(reasons)}"
            elif new and self._stands_before(block, new):
                self.report[block_id] = "already"
            elif items is not None:
                self.report[block_id] = "applied"
                self.wanted[block_id] = new
                accepted.append((block, items))
        # Attributes first: a rewritten block takes up the edits inside its tags.
        for block, items in sorted(accepted, key=lambda pair: not pair[0].attr):
            self.patcher.replace_block(block, items)

    def _stands_before(self, block: Block, new: str) -> bool:
        """Whether the nth of equal blocks was rewritten before: the one found now is then its successor."""
        here = self._order[block.id]
        equals = [self._order[b.id] for b in self._by_content[block.content] if b.key == block.key]
        previous = max((order for order in equals if order < here), default=-1)
        return any(
            b.attr == block.attr and previous < self._order[b.id] < here
            for b in self._by_content.get(new, [])
        )

    def change_head(self, fields: dict[str, str]) -> None:
        missing: dict[str, str] = {}
        for name, raw in fields.items():
            text, field = collapse(raw).strip(" "), self.page.head.fields.get(name)
            if name not in EDITABLE:
                self.report[name] = "rejected:field"
            elif has_control(raw):
                self.report[name] = "rejected:control"
            elif not text:
                self.report[name] = "rejected:empty"
            elif field is None:
                # A title that is there but can't be read has a place already.
                can_insert = name in INSERTABLE and not (name == "title" and self.page.head.title)
                self.report[name] = "missing"
                if can_insert:
                    missing[name] = text
            elif field.value == text:
                self.report[name] = "same"
            else:
                self.report[name] = "applied"
                self.head_wanted[name] = text
                self.patcher.replace_value(field.start, field.end, field.quote, text)
        ordered = {name: missing[name] for name in INSERTABLE if name in missing}
        if ordered and self.patcher.insert_fields(self.page.head, ordered):
            self.head_wanted |= ordered
            self.report |= dict.fromkeys(ordered, "inserted")

    def is_proved_by(self, after: Page) -> bool:
        """Whether the new page shows what was wanted and, besides, all that the old one showed."""
        before = self.page
        if after.source.encoding != before.source.encoding or after.warnings != before.warnings:
            return False
        wanted = [(b.attr, self.wanted.get(b.id, b.content)) for b in before.blocks]
        found = [(b.attr, b.content) for b in after.blocks]
        # Swapped tags take their attributes with them, so only texts keep their order.
        if [pair for pair in wanted if not pair[0]] != [pair for pair in found if not pair[0]]:
            return False
        if Counter(wanted) != Counter(found):
            return False
        if after.head.values() != before.head.values() | self.head_wanted:
            return False
        tags = Counter((t.kind, t.name) for t in before.tokens if t.kind != "text")
        inserted = [name for name in INSERTABLE if self.report.get(name) == "inserted"]
        for name in inserted:
            tags.update([("start", "title"), ("end", "title")] if name == "title" else [("start", "meta")])
        return tags == Counter((t.kind, t.name) for t in after.tokens if t.kind != "text")


def apply(
    data: bytes,
    changes: dict[str, str],
    head: dict[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[bytes, dict[str, str]]:
    """The page with the changes written in, and what became of each; raises Refuse like Page."""
    edit = Edit(Page(data, encoding))
    edit.change_blocks(changes)
    edit.change_head(head or {})
    if not edit.wanted and not edit.head_wanted:
        return data, edit.report
    out = edit.patcher.result()
    try:
        is_proved = edit.is_proved_by(Page(out, encoding))
    except Refuse:
        is_proved = False
    if is_proved:
        return out, edit.report
    failed = {name: "verify-failed" for name in (*edit.wanted, *edit.head_wanted)}
    return data, edit.report | failed
