"""The report of a batch as a page: to read, to print, to keep as a PDF."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.visitors import Visit
from batches import confidences, diffs, progress, reports
from batches.models import Batch, Decision, PageRun, Suggestion
from batches.views import batch_for
from projects.frames import frame

# Examples are looked for on the surest pages; the others hold more of the same.
SUREST = 60


@require_safe
@login_required
def report(request: Visit, batch_id: str) -> HttpResponse:
    batch = batch_for(request.user, batch_id)
    context = frame(request.user, "batches", batch.project) | progress.live(batch) | told(batch)
    return render(request, "batches/report.html", context)


def told(batch: Batch) -> dict[str, object]:
    surest = PageRun.objects.filter(batch=batch, status=PageRun.Status.DONE, confidence__isnull=False)
    ids = list(surest.order_by("-confidence", "id").values_list("id", flat=True)[:SUREST])
    examples = reports.best(Suggestion.objects.filter(run__in=ids))
    decided = Decision.objects.filter(suggestion__batch=batch, what=Decision.What.EDIT)
    return {
        "checks": reports.checks_of(batch),
        "examples": [(row, diffs.compare(row.original, row.approved_text)) for row in examples],
        "confidence": confidences.chart(batch),
        "edited": decided.count(),
        "quote": batch.plan.get("quote"),
    }
