"""Results as NDJSON streams, and what a build made of them."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batches import downloads, page_data
from batches.api.batches import batch_for
from batches.api.streams import MEDIA_TYPE, stream
from nimbus import packing, querystring, selection
from nimbus.idempotency import idempotent
from projects.api import KeyView, project_for
from projects.authentication import auth_of
from projects.serializers import Strict, Text

READ = ("read", "apply")
NDJSON = {(200, MEDIA_TYPE): OpenApiTypes.STR}


class Skipped(Strict):
    target = Text(max_length=80)
    reason = Text(max_length=300)


class AppliedPage(Strict):
    page_id = Text(max_length=40)
    before_hash = Text(max_length=64, allow_blank=True, required=False, default="")
    after_hash = Text(max_length=64, allow_blank=True, required=False, default="")
    applied = serializers.ListField(child=Text(max_length=80), max_length=2_100, required=False, default=list)
    skipped = serializers.ListField(child=Skipped(), max_length=2_100, required=False, default=list)


class AppliedInput(Strict):
    pages = serializers.ListField(child=AppliedPage(), max_length=1_000)


class BatchResultsView(KeyView):
    scope = READ

    @extend_schema(operation_id="batch_results", summary="Stream the results of a batch", responses=NDJSON)
    def get(self, request: Request, batch_id: str) -> StreamingHttpResponse:
        tree = selection.wanted(request)
        parts = page_data.of_batch(batch_for(request, batch_id))
        if tree:
            plain = map(packing.plain, parts)
            response = stream(request._request, selection.lines(plain, tree, page_data.FIELDS))
        elif not takes_deflate(request):
            response = stream(request._request, map(packing.plain, parts))
        else:
            # The pages are stored deflated, and go out as they are.
            response = stream(request._request, packing.join(parts))
            response["Content-Encoding"] = "deflate"
        response["Vary"] = "Accept-Encoding"
        return response


def takes_deflate(request: Request) -> bool:
    accepted = request.headers.get("Accept-Encoding", "").replace(" ", "").lower().split(",")
    return any(item in {"deflate", "deflate;q=1", "deflate;q=1.0"} for item in accepted)


class ProjectResultsView(KeyView):
    scope = READ

    @extend_schema(
        operation_id="project_results",
        summary="Stream the current approved text of every page",
        responses=NDJSON,
    )
    def get(self, request: Request, project_id: str) -> StreamingHttpResponse:
        project = project_for(request, project_id)
        since = querystring.whole(request, "since", 0, low=0, high=2**63 - 1)
        tree, pieces = selection.wanted(request), downloads.project_results(project, since)
        if tree:
            pieces = selection.lines(pieces, tree, downloads.FIELDS)
        return stream(request._request, pieces)


class AppliedView(KeyView):
    scope = "apply"

    @extend_schema(
        operation_id="project_applied",
        summary="Report what a build wrote",
        request=AppliedInput,
        responses={202: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        pages = self.read(request, AppliedInput)["pages"]
        recorded = downloads.record_applied(project, pages, auth_of(request))
        return Response({"recorded": recorded}, status=202)
