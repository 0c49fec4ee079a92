"""Projects over HTTP, and who the caller is."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nimbus.api import AnyAccept
from nimbus.idempotency import idempotent
from nimbus.selection import selectable
from projects import changes, schema  # noqa: F401 (the schema has to be known before it is asked for)
from projects.authentication import ScopeMissingError, auth_of
from projects.models import Project
from projects.models.project import DEFAULTS
from projects.serializers import (
    ProjectChange,
    ProjectInput,
    key_data,
    organization_data,
    project_data,
)

READ = ("read", "upload", "apply")


class KeyView(APIView):
    """A view for API keys; `scope` names what a key must have."""

    content_negotiation_class = AnyAccept
    scope: Any = "admin"

    def read(self, request: Request, serializer: type) -> dict[str, Any]:
        """The checked body; a wrong one is answered with the field at fault."""
        taken = serializer(data=request.data)
        taken.is_valid(raise_exception=True)
        data: dict[str, Any] = taken.validated_data
        return data


class WhoAmIView(KeyView):
    scope = READ

    @extend_schema(operation_id="who_am_i", summary="Read who this key is", responses=OpenApiTypes.OBJECT)
    @selectable()
    def get(self, request: Request) -> Response:
        key = auth_of(request)
        most = key.project.setting("max_pages_per_batch") if key.project else DEFAULTS["max_pages_per_batch"]
        return Response(
            {
                "project": project_data(key.project) if key.project else None,
                "organization": organization_data(key.organization),
                "key": key_data(key),
                "limits": {
                    "max_pages_per_batch": most,
                    "max_page_bytes": settings.MAX_PAGE_BYTES,
                    "max_upload_bytes": settings.MAX_UPLOAD_BYTES,
                },
            }
        )


class ProjectListView(KeyView):
    scope = "admin"

    @extend_schema(
        operation_id="project_create",
        summary="Make a project",
        request=ProjectInput,
        responses={201: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        if auth_of(request).project_id:
            raise ScopeMissingError("This key belongs to one project. Use a key of the whole organization.")
        fields = {"settings": {}} | self.read(request, ProjectInput)
        project = changes.create(auth_of(request).organization, auth_of(request), **fields)
        return Response(project_data(project), status=201)


class ProjectDetailView(KeyView):
    scope = {"GET": READ, "PATCH": "admin"}

    @extend_schema(operation_id="project_read", summary="Read a project", responses=OpenApiTypes.OBJECT)
    @selectable()
    def get(self, request: Request, project_id: str) -> Response:
        return Response(project_data(project_for(request, project_id)))

    @extend_schema(
        operation_id="project_change",
        summary="Change a project",
        request=ProjectChange,
        responses=OpenApiTypes.OBJECT,
    )
    @idempotent
    def patch(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        fields = {"name": project.name, "settings": {}} | self.read(request, ProjectChange)
        changes.update_settings(project, auth_of(request), **fields)
        return Response(project_data(project))


def project_for(request: Request, project_id: str) -> Project:
    """404 for another organization's project exactly as for an unknown one."""
    return get_object_or_404(
        Project.objects.for_key(auth_of(request)).select_related("organization"), id=project_id
    )
