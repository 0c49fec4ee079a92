"""The finished values of the review queue and of one page's changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, IntegerField, Min, Value, When

from batches import diffs, pixels
from batches.models import Batch, PageRun, Suggestion

# Pages listed at most; the groups' counts are of all.
LISTED = 300
RANK = {
    Suggestion.Level.REFUSE: 3,
    Suggestion.Level.HOLD: 3,
    Suggestion.Level.NOTE: 2,
    Suggestion.Level.PASS: 1,
}
GROUPS = ((3, "Held by a check"), (2, "Look closer"), (1, "All checks passed"))
PIXELS = {
    "title": (pixels.TITLE_SIZE, pixels.TITLE_ROOM),
    "metaDescription": (pixels.TEXT_SIZE, pixels.TEXT_ROOM),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One suggestion as people see it."""

    suggestion: Suggestion
    diff: diffs.Diff
    verdicts: list[dict[str, Any]]
    is_current: bool = False

    @property
    def id(self) -> str:
        return self.suggestion.id

    @property
    def shown_text(self) -> str:
        return self.suggestion.approved_text or self.suggestion.original

    @property
    def is_decided(self) -> bool:
        return self.suggestion.review != Suggestion.Review.PENDING

    @property
    def is_approvable(self) -> bool:
        return bool(self.suggestion.approved_text)

    @property
    def needs_reason(self) -> bool:
        return self.suggestion.level == Suggestion.Level.HOLD and not self.suggestion.decided_text

    @property
    def reasons(self) -> list[str]:
        return [verdict["message"] for verdict in self.verdicts if verdict["level"] != "pass"]

    @property
    def pixels(self) -> dict[str, int] | None:
        size, room = PIXELS.get(self.suggestion.target, (0, 0))
        return {"size": size, "room": room} if room else None


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    count: int
    pages: list[dict[str, Any]] = field(default_factory=list)


def change(suggestion: Suggestion, *, is_current: bool = False) -> Change:
    # The verdicts are about the model's text, not about a person's own. Order fail, warn, pass.
    told = [] if suggestion.decided_text else suggestion.verdicts
    verdicts = sorted(told, key=lambda verdict: -RANK.get(verdict["level"], 0))
    diff = diffs.compare(suggestion.original, suggestion.approved_text)
    return Change(suggestion, diff, verdicts, is_current)


def changes_of(run: PageRun) -> list[Change]:
    """The changes of a run; of a skipped one those whose results still hold."""
    rows = Suggestion.objects.filter(run=run.reused_from_id or run.pk).order_by("position", "id")
    return [change(row) for row in rows]


def queue(batch: Batch) -> list[Group]:
    """Pages with something to decide: held ones first, within a group the least sure first."""
    pages = ranked(batch)
    counts: dict[int, int] = dict.fromkeys(RANK.values(), 0)
    listed: dict[int, list[dict[str, Any]]] = {rank: [] for rank in counts}
    for page in pages:
        counts[page["rank"]] += 1
        if counts[page["rank"]] <= LISTED:
            listed[page["rank"]].append(page)
    return [Group(title, counts[rank], listed[rank]) for rank, title in GROUPS if counts[rank]]


def ranked(batch: Batch) -> Any:
    pending = Suggestion.objects.filter(batch=batch, review=Suggestion.Review.PENDING)
    worst = Case(
        *(When(level=level, then=Value(rank)) for level, rank in RANK.items()), output_field=IntegerField()
    )
    return (
        pending.order_by()
        .values("page_id", "page__path")
        .annotate(n=Count("id"), sure=Min("confidence"), rank=-Min(-worst))
        .order_by("-rank", "sure", "page__path")
    )


def neighbours(groups: Sequence[Group], page_id: str) -> dict[str, Any]:
    """Where this page stands in the queue, and the ones beside it."""
    ids = [page["page_id"] for group in groups for page in group.pages]
    if page_id not in ids:
        return {"next": ids[0] if ids else None, "previous": None, "position": None}
    at = ids.index(page_id)
    return {
        "next": ids[at + 1] if at + 1 < len(ids) else None,
        "previous": ids[at - 1] if at else None,
        "position": at + 1,
    }


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
    names = (("title", "Title"), ("metaDescription", "Description"))
    return {
        "title": head["title"],
        "text": head["metaDescription"],
        "gauges": [pixels.gauge(label, head[name], *PIXELS[name]) for name, label in names],
    }
