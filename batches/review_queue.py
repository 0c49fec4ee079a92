"""The list beside the desk of a review: exceptions first, then groups of alike changes, each one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, When
from django.utils.translation import gettext_lazy as _

from batches import alikes
from batches.alikes import Entry
from batches.models import Batch, Suggestion
from batches.wishes import FREE, HELD, Wish

TITLES = (
    (3, _("Held by a check"), "held"),
    (2, _("Look closer"), "closer"),
    (-1, _("Alike, with a remark"), ""),
    (0, _("Alike, all checks passed"), ""),
    (1, _("All checks passed"), "closer"),
)
BADNESS = Case(
    When(level__in=HELD, then=0), When(level=Suggestion.Level.NOTE, then=1), default=2,
    output_field=IntegerField(),
)  # fmt: skip
LOOKS = {3: ("bad", "x", "Held"), 2: ("warn", "triangle-alert", "Unlike"), -1: ("warn", "triangle-alert", "")}


@dataclass(frozen=True, slots=True)
class Line:
    """A page with something to decide, or a group of alike changes."""

    key: str
    address: str
    title: str
    sure: float | None
    n: int
    is_group: bool = False
    # The worst verdict among them: what of the page, and which check.
    suggestion: Suggestion | None = None
    check: str = ""
    look: str = ""
    icon: str = "check"
    pieces: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    count: int
    # How many changes its lines hold.
    changes: int
    lines: list[Line] = field(default_factory=list)
    # The list that shows all of its changes at once.
    list: str = ""

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.lines)


def groups(batch: Batch, wish: Wish) -> list[Group]:
    entries = alikes.queue(batch, wish)
    pages = [entry.id for entry in entries if entry.rank > 0]
    first = [entry.id for entry in entries if entry.rank <= 0]
    worst = worst_of(batch, wish, pages)
    alike_ones = firsts_of(batch, wish, first)
    found = []
    for rank, title, name in TITLES:
        mine = [entry for entry in entries if entry.rank == rank]
        if mine:
            lines = [
                group_line(entry, alike_ones[entry.id], wish) if rank <= 0
                else page_line(entry, worst[entry.id], wish)
                for entry in mine
                if entry.id in (alike_ones if rank <= 0 else worst)
            ]  # fmt: skip
            found.append(Group(str(title), mine[0].entries, mine[0].changes, lines, name))
    return found


def worst_of(batch: Batch, wish: Wish, pages: Sequence[str]) -> dict[str, Suggestion]:
    """The change of each page that most wants a look; pages that were decided meanwhile are left out."""
    rows = alikes.opened(batch, wish).filter(page_id__in=pages)
    rows = rows.order_by("page_id", BADNESS, F("confidence").asc(nulls_first=True), "id").distinct("page_id")
    found = Suggestion.objects.filter(id__in=rows.values("id")).select_related("page")
    return {row.page_id: row for row in found}


def firsts_of(batch: Batch, wish: Wish, ids: Sequence[str]) -> dict[str, Suggestion]:
    """One change of each group, where any of the group is still open."""
    still_open = alikes.opened(batch, wish).filter(FREE, pattern=OuterRef("pattern"))
    return Suggestion.objects.filter(Exists(still_open), id__in=ids).select_related("page").in_bulk()


def page_line(entry: Entry, worst: Suggestion, wish: Wish) -> Line:
    look, icon, label = LOOKS.get(entry.rank, ("", "check", ""))
    told = next((v["check"] for v in worst.verdicts if v["level"] == worst.level), "")
    check = told if worst.level != Suggestion.Level.PASS else label
    address = f"?page={entry.id}{wish.kept}"
    return Line(entry.id, address, worst.page.path, entry.sure, entry.n, False, worst, check, look, icon)


def group_line(entry: Entry, first: Suggestion, wish: Wish) -> Line:
    look, icon, _ = LOOKS.get(entry.rank, ("", "check", ""))
    pieces = alikes.short_template(first)
    told = next((v["check"] for v in first.verdicts if v["level"] == Suggestion.Level.NOTE), "")
    return Line(
        first.pattern, f"?alike={first.pattern}{wish.kept}", alikes.spelled_out(pieces), entry.sure, entry.n,
        True, first, told, look, icon, pieces,
    )  # fmt: skip


def neighbours(found: Iterable[Group], wish: Wish) -> dict[str, Any]:
    """Where the desk stands in the queue, and the lines beside it."""
    lines = [line for group in found for line in group.lines]
    keys = [line.key for line in lines]
    key = wish.page or wish.alike
    if key not in keys:
        return {"next": lines[0].address if lines else None, "previous": None, "position": None}
    at = keys.index(key)
    return {
        "next": lines[at + 1].address if at + 1 < len(lines) else None,
        "previous": lines[at - 1].address if at else None,
        "position": at + 1,
    }
