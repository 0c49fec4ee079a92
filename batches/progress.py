"""The finished values of the live batch page: bar, legend, facts, troubles, latest events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts import audit_log
from accounts.models import AuditEvent
from batches import confidences, pace, savings, stages
from batches.models import Artifact, Batch, Page, PageRun
from nimbus.sentences import translated
from projects.models import SpendTotal

WIDTH = 1000
SEGMENTS = (
    ("done", _("Done"), "done"),
    ("skipped", _("Unchanged"), "skipped"),
    ("failed", _("Failed"), "failed"),
    ("busy", _("In work"), "processing"),
    ("queued", _("Queued"), "queued"),
)
# A segment that exists is seen, and a gap parts it from the next.
NARROWEST, GAP = 4, 2
EVENTS = 8
REFUSED_LISTED = 20

# What happened, and what people can do, for each error code.
TROUBLES = {
    "parked": (
        _("The provider works on these pages at half the price"),
        _("Answers come within a day, often much sooner. What does not come goes on at the full price."),
    ),
    "rate_limited": (_("The provider asked us to slow down"), _("These pages go on by themselves.")),
    "provider_error": (
        _("The provider had a fault"),
        _("These pages are tried again by themselves, up to 5 times."),
    ),
    "timeout": (
        _("The provider took too long"),
        _("These pages are tried again by themselves, up to 5 times."),
    ),
    "connection": (
        _("The provider could not be reached"),
        _("These pages are tried again by themselves, up to 5 times."),
    ),
    "cut_answer": (_("The answer was cut off"), _("The original is kept. Retry the failed pages.")),
    "refused": (
        _("The model declined the text"),
        _("The original is kept. Retry, or leave the page as it is."),
    ),
    "invalid_output": (_("The answer could not be read"), _("The original is kept. Retry the failed pages.")),
    "too_large": (_("The page is too long for the model"), _("Use the meta tier for it, or split the page.")),
    "model_not_found": (
        _("The model is unknown to the provider"),
        _("Choose another model in Settings, then retry."),
    ),
    "quarantined": (
        _("Workers died on these pages"),
        _("The original is kept. Tell support the page's id before you retry."),
    ),
    "provider_quota": (_("The provider's quota is used up"), _("Top it up, then resume the batch.")),
    "provider_auth": (_("The provider refused the key"), _("Set a valid key, then resume the batch.")),
}
FALLBACK = (_("The page could not be worked on"), _("The original is kept. Retry the failed pages."))


@dataclass(frozen=True, slots=True)
class Trouble:
    code: str
    title: str
    help: str
    pages: int
    # Pages that wait for another try need nobody.
    is_waiting: bool
    next_at: datetime | None = None


def counts(batch: Batch) -> dict[str, int]:
    given = {
        "done": batch.done_count,
        "skipped": batch.skipped_count,
        "failed": batch.failed_count,
        "processing": batch.processing_count,
        "queued": batch.queued_count + batch.uploaded_count,
    }
    return given | {"finished": given["done"] + given["skipped"] + given["failed"] + batch.cancelled_count}


def bar(batch: Batch) -> dict[str, Any]:
    """The stacked bar, in units of its view box."""
    amounts = counts(batch)
    total = max(batch.page_count, 1)
    shown = [(look, amounts[key]) for look, _label, key in SEGMENTS if amounts[key]]
    room = WIDTH - GAP * max(len(shown) - 1, 0)
    widths = [max(round(room * amount / total), NARROWEST) for _look, amount in shown]
    if widths:
        # What the smallest segments gained, the widest one gives.
        widths[widths.index(max(widths))] -= max(sum(widths) - room, 0)
    parts, x = [], 0
    for (look, _amount), width in zip(shown, widths, strict=True):
        parts.append({"look": look, "x": x, "width": width})
        x += width + GAP
    words = ", ".join(f"{amounts[key]:,} {gettext(label).lower()}" for *_look, label, key in SEGMENTS)
    return {
        "parts": parts,
        "percent": amounts["finished"] * 100 // total,
        "label": gettext("%(finished)s of %(all)s pages finished: %(words)s")
        % {"finished": f"{amounts['finished']:,}", "all": f"{batch.page_count:,}", "words": words},
    }


def legend(batch: Batch) -> list[dict[str, Any]]:
    amounts = counts(batch)
    return [
        {"look": look, "label": gettext(label), "status": key, "amount": amounts[key]}
        for look, label, key in SEGMENTS
    ]


def troubles(batch: Batch) -> list[Trouble]:
    """Failed pages by code, then those that wait for another try."""
    runs = PageRun.objects.filter(batch=batch).exclude(error_code="").order_by()
    failed = runs.filter(status=PageRun.Status.FAILED).values("error_code").annotate(n=Count("id"))
    waiting = (
        runs.filter(status=PageRun.Status.QUEUED)
        .values("error_code")
        .annotate(n=Count("id"), next_at=Max("not_before"))
    )
    rows = [Trouble(row["error_code"], *words(row["error_code"]), row["n"], False) for row in failed]
    rows += [
        Trouble(row["error_code"], *words(row["error_code"]), row["n"], True, row["next_at"])
        for row in waiting
    ]
    rows += parked(batch)
    return sorted(rows, key=lambda row: (row.is_waiting, -row.pages, row.code))


def parked(batch: Batch) -> list[Trouble]:
    """Pages in the economy lane, which wait for their answers."""
    if batch.lane != Batch.Lane.ECONOMY:
        return []
    runs = PageRun.objects.filter(batch=batch, status=PageRun.Status.QUEUED, parked_until__isnull=False)
    pages = runs.count()
    return [Trouble("parked", *words("parked"), pages, True)] if pages else []


def words(code: str) -> tuple[str, str]:
    title, way_out = TROUBLES.get(code, FALLBACK)
    return gettext(title), gettext(way_out)


def latest_events(batch: Batch) -> list[dict[str, Any]]:
    events = list(AuditEvent.objects.filter(batch=batch.id).order_by("-id")[:EVENTS])
    paths = path_of(event.target for event in events)
    return [
        {
            "id": event.pk,
            "at": event.at,
            "text": said(event, paths),
            "path": paths.get(event.target, ""),
            "is_bad": event.level == "error",
        }
        for event in events
    ]


def said(event: AuditEvent, paths: dict[str, str]) -> str:
    """What happened, in words; a path that stands before them is not said twice."""
    if event.action == "page.uploaded" and event.target in paths:
        return gettext("Uploaded")
    return translated(audit_log.told(event)) or event.action


def path_of(targets: Iterable[str]) -> dict[str, str]:
    ids = {target for target in targets if target.startswith("page_")}
    return dict(Page.objects.filter(id__in=ids).values_list("id", "path"))


def used_models(batch: Batch) -> str:
    """The models that wrote this batch, for the header."""
    found = (
        PageRun.objects.filter(batch=batch)
        .exclude(model="")
        .order_by()
        .aggregate(a=Min("model"), b=Max("model"))
    )
    return ", ".join(sorted({model for model in found.values() if model}))


def live(batch: Batch) -> dict[str, Any]:
    """Everything that the live partial shows."""
    rows = troubles(batch)
    rates = [] if batch.is_final else pace.per_minute(batch)
    return {
        "batch": batch,
        "bar": bar(batch),
        "legend": legend(batch),
        "finished": counts(batch)["finished"],
        "eta": pace.eta(batch, counts(batch)["finished"], rates),
        "spark": None if batch.is_final else pace.spark(rates),
        "per_page": batch.change_count / batch.done_count if batch.done_count else None,
        "troubles": rows,
        "waiting": sum(row.pages for row in rows if row.is_waiting),
        "events": latest_events(batch),
        "model": used_models(batch),
        # Its row is opened by the first call, or by its cap.
        "spent": SpendTotal.objects.filter(key=batch.id).first() or SpendTotal(),
        "saved": savings.of_batch(batch),
        "quoted": batch.plan.get("quote"),
        "confidence": confidences.chart(batch) if batch.is_final else None,
        "pilot": stages.shown(batch),
        "has_zip": batch.artifacts.filter(kind=Artifact.Kind.UPLOAD).exists(),
        "refused": batch.plan.get("refused_count", 0),
        "refused_pages": batch.plan.get("refused", [])[:REFUSED_LISTED],
    }


def runs_of(batch: Batch, status: str, query: str, code: str) -> Any:
    """The page runs of a batch behind its filters."""
    chosen = Q()
    if status in PageRun.Status.values:
        chosen &= Q(status=status)
    if code:
        chosen &= Q(error_code=code)
    if query:
        chosen &= Q(page__path__icontains=iri_to_uri(query)) | Q(title__icontains=query)
    return PageRun.objects.filter(chosen, batch=batch).select_related("page")
