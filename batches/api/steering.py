"""A batch before the others, and one page now."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from batches import steering
from batches.api import shapes
from batches.api.batches import base_of, batch_for
from batches.api.pages import run_for
from nimbus.idempotency import idempotent
from projects.api import KeyView
from projects.authentication import auth_of
from projects.serializers import Strict, Whole


class PriorityInput(Strict):
    priority = Whole(min_value=1, max_value=10)


class BatchPriorityView(KeyView):
    scope = "upload"

    @extend_schema(
        operation_id="batch_priority",
        summary="Let a batch go before or after others",
        request=PriorityInput,
        responses={202: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, batch_id: str) -> Response:
        batch = batch_for(request, batch_id)
        batch = steering.prioritize(batch, auth_of(request), **self.read(request, PriorityInput))
        return Response(shapes.batch_data(batch, base_of(request)), status=202)


class PageProcessView(KeyView):
    scope = "upload"

    @extend_schema(
        operation_id="page_process",
        summary="Process one page before all others",
        request=None,
        responses={202: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, project_id: str, page_id: str) -> Response:
        key = auth_of(request)
        run = steering.process_now(run_for(key, project_id, page_id, request.GET.get("batch", "")), key)
        return Response(shapes.status_data(run), status=202)
