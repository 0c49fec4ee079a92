"""The flow in the support admin: search by any public id, look, and put a stuck batch right."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from batches import condition, doctor, queue
from batches.gates import states
from batches.models import (
    Artifact,
    Batch,
    Decision,
    GroupDecision,
    ModelCall,
    OutboxMail,
    Page,
    PageRun,
    PageSnapshot,
    ProviderBatch,
    Suggestion,
    WebhookDelivery,
    WebhookEndpoint,
)
from nimbus import health
from nimbus.errors import NimbusError
from nimbus.support import ReadOnlyAdmin


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    is_directory = True
    list_display = (
        "id",
        "project",
        "status",
        "tier",
        "page_count",
        "done_count",
        "failed_count",
        "created_at",
    )
    list_select_related = ("project",)
    list_filter = ("status", "tier")
    search_fields = ("id", "label", "project__id", "project__name", "=organization_id")
    ordering = ("-created_at",)
    actions = ("cancel", "retry_failed")

    def get_urls(self) -> list[URLPattern]:
        doctor = path("doctor/", self.admin_site.admin_view(self.ask_doctor), name="doctor")
        board = path("health/", self.admin_site.admin_view(self.show_health), name="health")
        return [doctor, board, *super().get_urls()]

    def show_health(self, request: HttpRequest) -> HttpResponse:
        """How much waits, and for how long."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": "Health", "lines": condition.lines(), "keys": states.states()}
        return render(request, "admin/health.html", self.admin_site.each_context(request) | context)

    def ask_doctor(self, request: HttpRequest) -> HttpResponse:
        """Every promise and what breaks it, for support."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        findings = doctor.examine()
        broken = sum(not finding.is_well for finding in findings)
        context = {"title": "Doctor", "findings": findings, "broken": broken}
        context["beat_seen_s"] = health.silence_s(health.BEAT)
        return render(request, "admin/doctor.html", self.admin_site.each_context(request) | context)

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        self.run(request, batches, queue.cancel, "Cancelled")

    @admin.action(description="Retry failed pages")
    def retry_failed(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        self.run(request, batches, queue.retry, "Retrying")

    def run(self, request: HttpRequest, batches: QuerySet[Batch], act: Any, done: str) -> None:
        for batch in batches:
            try:
                act(batch, by=request.user)
            except NimbusError as error:
                messages.error(request, f"{batch.id}: {error.message}")
            else:
                messages.success(request, f"{done} {batch.id}.")


@admin.register(Page)
class PageAdmin(ReadOnlyAdmin):
    list_display = ("path", "id", "project", "family", "applied_at")
    list_select_related = ("project",)
    search_fields = ("=id", "path", "project__id", "=organization_id")


@admin.register(PageRun)
class PageRunAdmin(ReadOnlyAdmin):
    list_display = ("page", "batch", "status", "attempts", "lease_owner", "error_code", "updated_at")
    list_select_related = ("page", "batch")
    list_filter = ("status",)
    search_fields = ("=page__id", "=batch__id", "=organization_id", "=lease_owner")


@admin.register(PageSnapshot)
class PageSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("run", "organization_id")
    search_fields = ("=run__page__id", "=run__batch__id")
    exclude = ("body",)
    readonly_fields = ("extraction",)


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnlyAdmin):
    list_display = ("id", "page", "target", "level", "review", "confidence")
    list_select_related = ("page",)
    list_filter = ("review", "level")
    search_fields = ("=id", "=page__id", "=batch__id")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("at", "suggestion", "what", "by")
    list_select_related = ("suggestion",)
    search_fields = ("=suggestion__id", "=by")


@admin.register(GroupDecision)
class GroupDecisionAdmin(ReadOnlyAdmin):
    list_display = ("at", "batch", "what", "count", "by", "undone_at")
    list_select_related = ("batch",)
    search_fields = ("=batch__id", "=by")


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyAdmin):
    list_display = ("sent_at", "batch", "purpose", "outcome", "model", "cost_microdollars", "latency_ms")
    list_select_related = ("batch",)
    list_filter = ("outcome",)
    search_fields = ("=batch__id", "=request_id", "=custom_id", "=request_hash")
    exclude = ("answer",)


@admin.register(ProviderBatch)
class ProviderBatchAdmin(ReadOnlyAdmin):
    is_directory = True
    list_display = ("provider_id", "batch", "state", "deadline_at")
    list_select_related = ("batch",)
    search_fields = ("=provider_id", "=batch__id")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ("id", "url", "organization", "disabled_at")
    list_select_related = ("organization",)
    search_fields = ("=id", "url", "=organization__id")
    exclude = ("secret_ciphertext", "previous_ciphertext")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("event", "endpoint", "delivered_at", "next_attempt_at")
    list_select_related = ("endpoint",)
    search_fields = ("=message_id", "=endpoint__id", "event")


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnlyAdmin):
    list_display = ("subject", "to", "kind", "attempts", "sent_at", "last_error")
    search_fields = ("to", "=batch__id", "=message_id", "subject")
    actions = ("send_again",)

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, mails: QuerySet[OutboxMail]) -> None:
        count = condition.send_again(mails, request.user)
        messages.success(request, f"{count} mails wait to be sent.")


@admin.register(Artifact)
class ArtifactAdmin(ReadOnlyAdmin):
    list_display = ("key", "kind", "batch", "size", "created_at")
    list_select_related = ("batch",)
    search_fields = ("=key", "=sha256", "=batch__id", "=project__id")
