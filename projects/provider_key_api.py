"""An organization's own provider key over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import provider_keys
from accounts.models import Organization, ProviderKey
from nimbus.idempotency import idempotent
from nimbus.selection import selectable
from projects.api import KeyView
from projects.authentication import ScopeMissingError, auth_of
from projects.serializers import Strict, Text


@extend_schema_field({"type": "string", "pattern": "^ *[!-~]+ *$", "maxLength": provider_keys.MOST})
class Secret(Text):
    """As a provider gives it: printable and in one piece."""


class ProviderKeyInput(Strict):
    secret = Secret(max_length=provider_keys.MOST)
    base_url = Text(max_length=200, required=False, allow_blank=True)


class ProviderKeyListView(KeyView):
    scope = "admin"

    @extend_schema(
        operation_id="provider_key_list", summary="List provider keys", responses=OpenApiTypes.OBJECT
    )
    @selectable()
    def get(self, request: Request) -> Response:
        keys = organization_of(request).provider_keys.order_by("-created_at")
        return Response({"provider_keys": [provider_key_data(key) for key in keys]})

    @extend_schema(
        operation_id="provider_key_add",
        summary="Try and keep a provider key",
        request=ProviderKeyInput,
        responses={201: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        organization = organization_of(request)
        fields = {"base_url": ""} | self.read(request, ProviderKeyInput)
        provider_keys.check(**fields)
        key = provider_keys.add(organization, auth_of(request), **fields)
        return Response(provider_key_data(key), status=201)


class ProviderKeyView(KeyView):
    scope = "admin"

    @extend_schema(
        operation_id="provider_key_revoke",
        summary="Revoke a provider key",
        request=None,
        responses={204: None},
    )
    @idempotent
    def delete(self, request: Request, key_id: str) -> Response:
        key = get_object_or_404(organization_of(request).provider_keys, id=key_id)
        provider_keys.revoke(key, auth_of(request))
        return Response(status=204)


def organization_of(request: Request) -> Organization:
    if auth_of(request).project_id:
        raise ScopeMissingError("This key belongs to one project. Use a key of the whole organization.")
    return auth_of(request).organization


def provider_key_data(key: ProviderKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "base_url": key.base_url,
        "hint": key.hint,
        "created": key.created_at,
        "revoked": key.revoked_at,
    }
