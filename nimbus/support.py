"""What the support admin of every app shares: rows are looked at here, and changed by the product.

A tenant's rows are seen by whoever of the staff looks into that organization just now, with a reason that
stands in the organization's own log. A directory, such as the organizations themselves, is always open.
"""

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Everything visible, nothing editable; the listed actions are the only writes."""

    list_per_page = 50
    # Counting a million rows for a page number nobody reads costs more than the page.
    show_full_result_count = False
    # Names, ids and states by which things are found: no content.
    is_directory = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.is_directory or not self.is_of_tenants():
            return rows
        return rows.filter(organization_id__in=visits(request).values("organization_id"))

    def is_of_tenants(self) -> bool:
        return any(field.attname == "organization_id" for field in self.model._meta.fields)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if self.is_of_tenants() and not self.is_directory:
            names = ", ".join(visits(request).values_list("organization_id", flat=True)) or "no organization"
            messages.info(
                request, format_html("Shown: rows of {}. Others open by Search, with a reason.", names)
            )
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer


def visits(request: HttpRequest) -> QuerySet[Any]:
    """What this member of the staff looks into now."""
    model: Any = apps.get_model("accounts", "SupportVisit")
    found: QuerySet[Any] = model.objects.open_for(request.user)
    return found
