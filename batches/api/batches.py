"""Making batches, filling them and telling them what to do."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from batches import caps, queue, uploads
from batches.api import bodies, shapes
from batches.models import Batch
from batches.waves import Pilot
from nimbus import idempotency
from nimbus.errors import InvalidError
from nimbus.idempotency import idempotent
from projects.api import KeyView, project_for
from projects.authentication import auth_of
from projects.serializers import LANES, Choice, Dollars, Number, Strict, Text, Whole


class BatchInput(Strict):
    tier = Text(max_length=40, required=False)
    lane = Choice(LANES, required=False)
    label = Text(max_length=120, required=False, allow_blank=True)  # type: ignore[assignment]
    priority = Whole(min_value=1, max_value=10, required=False)
    callback_url = Text(max_length=2000, required=False, allow_null=True)
    cap_usd = Dollars(allow_null=True, min_value=0, max_value=caps.MOST, required=False)
    pilot = Whole(min_value=1, max_value=1000, required=False)
    wave_size = Whole(min_value=1, max_value=100_000, required=False)
    most_held = Number(min_value=0, max_value=1, required=False)
    most_rejected = Number(min_value=0, max_value=1, required=False)


PILOT = {
    "pilot": "size",
    "wave_size": "wave_size",
    "most_held": "most_held",
    "most_rejected": "most_rejected",
}


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    """What `create_batch` takes, from what was sent."""
    pilot = {PILOT[name]: value for name, value in given.items() if name in PILOT}
    if pilot and "size" not in pilot:
        raise InvalidError("Waves follow a pilot. Say with `pilot` how many pages it has.", field="pilot")
    others = {name: value for name, value in given.items() if name not in {*PILOT, "cap_usd"}}
    return others | {"pilot": Pilot(**pilot) if pilot else None, "cap": given.get("cap_usd")}


def batch_for(request: Request, batch_id: str) -> Batch:
    """404 for another organization's batch exactly as for an unknown one."""
    return get_object_or_404(Batch.objects.for_key(auth_of(request)).select_related("project"), id=batch_id)


def base_of(request: Any) -> str:
    return str(request.build_absolute_uri("/")).rstrip("/")


class BatchListView(KeyView):
    scope = "upload"

    @extend_schema(
        operation_id="batch_create",
        summary="Make a batch",
        request=BatchInput,
        responses={201: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        batch = uploads.create_batch(
            project, **options_of(self.read(request, BatchInput)), by=auth_of(request)
        )
        return Response(shapes.batch_data(batch, base_of(request)), status=201)


class BatchUploadView(KeyView):
    scope: Any = "upload"

    @extend_schema(
        operation_id="batch_upload",
        summary="Upload pages, one a line",
        request={"application/x-ndjson": {"type": "string", "format": "binary", "minLength": 1}},
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request, batch_id: str) -> HttpResponse:
        batch = batch_for(request, batch_id)

        def take(pieces: Iterable[bytes]) -> dict[str, Any]:
            lines = uploads.split(pieces, settings.MAX_PAGE_BYTES)
            return vars(uploads.accept(batch, lines, auth_of(request)))

        report, is_repeat = idempotency.streamed(request, bodies.pieces(request._request), take)
        return Response(report, headers={idempotency.REPLAYED: "true"} if is_repeat else None)

    # It compares the body by itself, as it comes.
    post.is_idempotent = True  # type: ignore[attr-defined]


class BatchActionView(KeyView):
    """One of the verbs of the queue, named by the route."""

    scope = "upload"
    action = "submit"
    ACTIONS: ClassVar[dict[str, Callable[[Batch, Any], Batch]]] = {
        "submit": queue.submit,
        "cancel": queue.cancel,
        "pause": queue.pause,
        "resume": queue.resume,
        "retry": queue.retry,
    }

    @extend_schema(
        summary="Submit, cancel, pause, resume or retry", request=None, responses={202: OpenApiTypes.OBJECT}
    )
    @idempotent
    def post(self, request: Request, batch_id: str) -> Response:
        batch = self.ACTIONS[self.action](batch_for(request, batch_id), auth_of(request))
        return Response(shapes.batch_data(batch, base_of(request)), status=202)
