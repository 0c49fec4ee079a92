"""The status of one page, at once or held until it changes: what one asks after `optimize`."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from batches.api import shapes
from batches.api.events import MAX_WAIT_S, held, keyed, look
from batches.api.pages import run_for
from batches.models import PageRun
from nimbus import querystring, selection
from projects.models import APIKey

OPTIONAL = ("processing", "result", "error")


@keyed()
async def page_status(request: HttpRequest, key: APIKey, project_id: str, page_id: str) -> HttpResponse:
    seconds = querystring.whole(request, "wait", 0, low=0, high=MAX_WAIT_S)
    tree = selection.wanted(request)
    known = request.headers.get("If-None-Match", "")
    batch_id = request.GET.get("batch", "")

    async def read() -> PageRun:
        return await look(run_for, key, project_id, page_id, batch_id)

    run = await read()
    selection.refuse_unknown(tree, {*shapes.status_data(run), *OPTIONAL})

    def is_awaited(run: PageRun) -> bool:
        return shapes.etag(shown(run, tree)) in known if known else not run.is_final

    if seconds and is_awaited(run):
        run = await held(run.batch_id, seconds, read, is_awaited)
    body = shapes.dump(shown(run, tree))
    return selection.tagged(request, HttpResponse(body, content_type="application/json"))


def shown(run: PageRun, tree: selection.Tree) -> dict[str, Any]:
    found: dict[str, Any] = selection.pick(shapes.status_data(run), tree)
    return found
