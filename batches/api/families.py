"""Pages of one make: how alike they are, and once more where they say too much the same."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batches import differing, distinctness
from batches.api import shapes
from batches.api.batches import base_of
from nimbus.idempotency import idempotent
from nimbus.selection import selectable
from optimizer.families import Distinctness
from projects.api import READ, KeyView, project_for
from projects.authentication import auth_of
from projects.serializers import Strict, Text


class DifferInput(Strict):
    paths = serializers.ListField(
        child=Text(max_length=2_000), min_length=1, max_length=differing.MOST, allow_empty=False
    )


class FamilyListView(KeyView):
    scope = READ

    @extend_schema(
        operation_id="family_list",
        summary="How alike the pages of each family are",
        responses=OpenApiTypes.OBJECT,
    )
    @selectable()
    def get(self, request: Request, project_id: str) -> Response:
        families = distinctness.listed(project_for(request, project_id))
        rows = [
            {
                "name": family.name,
                "pages": family.pages,
                "fields": {
                    name.replace(" ", "_"): field_data(found) for name, found in family.fields.items()
                },
            }
            for family in families
        ]
        return Response({"families": rows})


class DifferView(KeyView):
    scope = "upload"

    @extend_schema(
        operation_id="pages_differ",
        summary="Have pages written anew so that they differ from their sister pages",
        request=DifferInput,
        responses={202: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        paths = self.read(request, DifferInput)["paths"]
        pages = list(project.pages.filter(path__in=paths).values_list("id", flat=True))
        batch = differing.start(project, pages, by=auth_of(request))
        return Response(shapes.batch_data(batch, base_of(request)), status=202)


def field_data(found: Distinctness) -> dict[str, Any]:
    pairs = [{"one": p.one, "other": p.other, "likeness": p.likeness} for p in found.most_alike]
    return {
        "compared": found.pages, "own_share": found.own_share, "masked_share": found.masked_share,
        "most_alike": pairs,
    }  # fmt: skip
