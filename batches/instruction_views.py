"""What the model is told: the template with its version, the brief's part, the checks, one whole prompt."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.visitors import Visit
from batches import briefs, calibration, families
from batches.models import PageRun
from optimizer import checks, judging, prompts, tiers
from optimizer.types import Brief, PageText
from projects.frames import frame, project_for
from projects.models import Project


@require_safe
@login_required
def instructions(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id)
    brief = briefs.current(project)
    context = frame(request.user, "brief", project) | {
        "version": prompts.VERSION,
        "template": prompts.SYSTEM,
        "judge": judging.SYSTEM if brief.judges else "",
        "judge_version": judging.VERSION,
        "brief_version": brief.version,
        "brief_lines": "\n".join(prompts.brief_lines(brief, "")),
        "watches": sorted((checks.ABOUT | (judging.ABOUT if brief.judges else {})).items()),
        "example": example(project, brief),
        "bands": calibration.bands(project),
    }
    return render(request, "batches/instructions.html", context)


def example(project: Project, brief: Brief) -> dict[str, str] | None:
    """The prompt for the page that was uploaded last."""
    runs = PageRun.objects.filter(batch__project=project, snapshot__isnull=False)
    run = runs.select_related("page", "snapshot").order_by("-id").first()
    if run is None:
        return None
    page = PageText.from_extraction(run.snapshot.extraction, run.page.url)
    page = families.Stored(project.id).with_sisters(page)
    lines = next(prompts.chunks(tiers.select(page, project.setting("optimization_tier"))))
    return {"path": run.page.path, "text": prompts.build(page, brief, lines).user}
