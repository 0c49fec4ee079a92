"""Every text that was proposed or written for a page, with whoever had a word on it, the newest first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from batches import diffs
from batches.models import Decision, Page, Suggestion

# Texts listed at once; those of one place alone are hardly ever more.
MOST = 100
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody decided about a text."""

    what: str
    by: str
    at: datetime
    reason: str = ""


@dataclass(slots=True)
class Version:
    suggestion: Suggestion
    text: str
    at: datetime
    # Empty for the model's own.
    by: str = ""
    is_current: bool = False
    words: list[Word] = field(default_factory=list)

    @property
    def pieces(self) -> list[diffs.Piece]:
        return diffs.compare(self.suggestion.original, self.text).after

    @property
    def how_to_use(self) -> str:
        """By which decision it would be the page's text again; empty where a check keeps it from that."""
        if self.is_current or not self.text:
            return ""
        if self.by:
            return "edit"
        return "approve" if self.suggestion.level in ("pass", "note") else ""


def of_page(page: Page, target: str = "") -> list[Version]:
    rows = Suggestion.objects.filter(page=page).select_related("run", "batch", "page").order_by("-id")
    rows = rows.filter(target=target) if target else rows
    newest = list(rows.order_by("-run_id", "position", "id")[:MOST])
    words = words_of(newest)
    current = current_ones(page)
    found = []
    for row in newest:
        found += versions_of(row, words[row.id], is_current=current.get(row.target) == row.id)
    return found


def words_of(rows: Iterable[Suggestion]) -> dict[str, list[tuple[Decision, str]]]:
    """The decisions on each of them in their order, with the name of whoever took them."""
    told = list(Decision.objects.filter(suggestion__in=[row.id for row in rows]).order_by("id"))
    names = {user.id: str(user) for user in User.objects.filter(id__in={word.by for word in told})}
    found: dict[str, list[tuple[Decision, str]]] = defaultdict(list)
    for word in told:
        found[word.suggestion_id].append((word, names.get(word.by, "" if word.by == AUTO else word.by)))
    return found


def current_ones(page: Page) -> dict[str, str]:
    """By place the suggestion whose text builds get: the newest approved one."""
    approved = Suggestion.objects.filter(page=page, review=Suggestion.Review.APPROVED)
    newest = approved.order_by("target", "-decided_at").distinct("target")
    return dict(newest.values_list("target", "id"))


def versions_of(row: Suggestion, words: list[tuple[Decision, str]], *, is_current: bool) -> list[Version]:
    """The model's text and each of a person's own, with the words on each, the newest first."""
    found = [Version(row, row.text, row.created_at)]
    for decision, name in words:
        if decision.what == Decision.What.EDIT:
            found.append(Version(row, decision.text, decision.at, by=name))
        else:
            found[-1].words.append(Word(decision.what, name, decision.at, decision.reason))
    if is_current:
        shown = [version for version in found if version.text == row.approved_text]
        for version in shown[-1:]:
            version.is_current = True
    return found[::-1]


def places(page: Page) -> list[Any]:
    """One suggestion of each place of the page that has any, to choose from."""
    rows = Suggestion.objects.filter(page=page).select_related("page")
    return sorted(rows.order_by("target", "-id").distinct("target"), key=lambda row: row.position)
