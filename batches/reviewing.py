"""The finished values of the review queue and of one page's changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from batches import diffs, marking, new_facts, offering, pixels
from batches.models import Decision, PageRun, Suggestion
from batches.wishes import FREE

RANK = {
    Suggestion.Level.REFUSE: 3,
    Suggestion.Level.HOLD: 3,
    Suggestion.Level.NOTE: 2,
    Suggestion.Level.PASS: 1,
}
PIXELS = {
    "title": (pixels.TITLE_SIZE, pixels.TITLE_ROOM),
    "metaDescription": (pixels.TEXT_SIZE, pixels.TEXT_ROOM),
}
LABELS = {"title": _("Title"), "metaDescription": _("Description")}


@dataclass(frozen=True, slots=True)
class Change:
    """One suggestion as people see it."""

    suggestion: Suggestion
    diff: diffs.Diff
    verdicts: list[dict[str, Any]]
    is_current: bool = False
    # Who decided, and whether that was the very person who looks.
    by: str = ""
    is_mine: bool = True
    # Read as a part of the sample: decided in a group, it still waits to be read by itself.
    is_unread: bool = False
    # Changes that are alike and wait, too.
    siblings: int = 0

    @property
    def id(self) -> str:
        return self.suggestion.id

    @property
    def shown_text(self) -> str:
        return self.suggestion.approved_text or self.suggestion.original

    @property
    def is_decided(self) -> bool:
        return self.suggestion.review != Suggestion.Review.PENDING and not self.is_unread

    @property
    def is_approvable(self) -> bool:
        return bool(self.suggestion.approved_text)

    @property
    def needs_reason(self) -> bool:
        return self.suggestion.level == Suggestion.Level.HOLD and not self.suggestion.decided_text

    @property
    def may_be_fact(self) -> bool:
        """Held for something new that it states, and not decided yet."""
        return not self.is_decided and new_facts.is_offered(self.suggestion)

    @property
    def reasons(self) -> list[str]:
        return [verdict["message"] for verdict in self.verdicts if verdict["level"] != "pass"]

    @property
    def gauge(self) -> dict[str, object] | None:
        """How much of its room in a search result the text takes; nothing for blocks."""
        return gauge_of(self.suggestion.target, self.shown_text)

    @property
    def place(self) -> str:
        """Where the page's frame shows it; empty for what stands in the head."""
        return marking.name(self.suggestion.target)


def change(suggestion: Suggestion, **known: Any) -> Change:
    # The verdicts are about the model's text, not about a person's own. Order fail, warn, pass.
    told = [] if suggestion.decided_text else suggestion.verdicts
    verdicts = sorted(told, key=lambda verdict: -RANK.get(verdict["level"], 0))
    diff = diffs.compare(suggestion.original, suggestion.approved_text)
    return Change(suggestion, diff, verdicts, **known)


def changes_of(run: PageRun, viewer: Any = None) -> list[Change]:
    """The changes of a run, with who decided and how many are alike."""
    return told(list(rows_of(run)), viewer)


def texts_of(run: PageRun) -> list[Change]:
    """The same for previews, which show texts alone."""
    return [change(row) for row in rows_of(run)]


def rows_of(run: PageRun) -> Any:
    """The suggestions of a run; of a skipped one those whose results still hold."""
    rows = Suggestion.objects.filter(run=run.reused_from_id or run.pk).select_related("page")
    return rows.order_by("position", "id")


def told(rows: Sequence[Suggestion], viewer: Any = None, *, unread: bool = False) -> list[Change]:
    """These as people see them, with who decided and how many alike ones wait."""
    decided = [row.id for row in rows if row.review != Suggestion.Review.PENDING]
    newest = Decision.objects.filter(suggestion__in=decided).order_by("suggestion_id", "-id")
    by = dict(newest.distinct("suggestion_id").values_list("suggestion_id", "by")) if decided else {}
    names = {user.id: str(user) for user in User.objects.filter(id__in=set(by.values()))}
    alike, offers = waiting_siblings(rows), offering.count(rows)
    return [
        change(
            row,
            by=names.get(by.get(row.id, ""), ""),
            is_mine=viewer is None or by.get(row.id) in (None, viewer.id),
            is_unread=unread,
            siblings=offers.get(row.id)
            or max(alike.get(row.pattern, 0) - (row.review == Suggestion.Review.PENDING), 0),
        )
        for row in rows
    ]


def first_place(changes: Sequence[Change]) -> str:
    """Where the change stands that is chosen first: the first undecided one."""
    first = next((row for row in changes if not row.is_decided), changes[0] if changes else None)
    return first.place if first else ""


def waiting_siblings(rows: Sequence[Suggestion]) -> dict[str, int]:
    """How many undecided changes of the same batch follow each of these rows' patterns."""
    patterns = {row.pattern for row in rows} - {""}
    if not patterns:
        return {}
    waiting = Suggestion.objects.filter(
        FREE, batch=rows[0].batch_id, pattern__in=patterns, review=Suggestion.Review.PENDING
    )
    return dict(waiting.order_by().values_list("pattern").annotate(n=Count("id")))


def serp(run: PageRun, changes: Sequence[Change]) -> dict[str, Any]:
    """The search result before and after, with how much of its room each text takes."""
    extraction = run.snapshot.extraction if hasattr(run, "snapshot") else {}
    head = extraction.get("head") or {}
    before = {name: head.get(name) or "" for name in PIXELS}
    after = before | {
        row.suggestion.target: row.shown_text
        for row in changes
        if row.suggestion.target in PIXELS and row.suggestion.review != Suggestion.Review.REJECTED
    }
    return {
        "site": run.page.domain,
        "crumbs": " › ".join([run.page.domain, *[part for part in run.page.path.split("/") if part]]),
        "has_source": bool(hasattr(run, "snapshot") and run.snapshot.source_key),
        "before": result(before),
        "after": result(after),
    }


def result(head: dict[str, str]) -> dict[str, Any]:
    return {
        "title": head["title"],
        "text": head["metaDescription"],
        "gauges": [gauge_of(name, head[name]) for name in PIXELS],
    }


def gauge_of(target: str, text: str) -> dict[str, object] | None:
    if target not in PIXELS:
        return None
    return {"target": target, "size": PIXELS[target][0]} | pixels.gauge(
        str(LABELS[target]), text, *PIXELS[target]
    )
