"""The addresses of the API, below /api/v1/."""

from django.urls import path, register_converter
from drf_spectacular.views import SpectacularAPIView

from batches.api import (
    batches,
    events,
    families,
    optimize,
    page_status,
    pages,
    reference,
    results,
    routes,
    spend,
    steering,
)
from projects import api as projects
from projects import brief_api
from projects import provider_key_api as provider_keys

register_converter(routes.BatchId, "batch_id")
register_converter(routes.ProjectId, "project_id")
register_converter(routes.PageId, "page_id")
register_converter(routes.KeyId, "key_id")
PROJECT, BATCH = "projects/<project_id:project_id>", "batches/<batch_id:batch_id>"
PAGE = f"{PROJECT}/pages/<page_id:page_id>"

urlpatterns = [
    path("project", projects.WhoAmIView.as_view(), name="api-who-am-i"),
    path("projects", projects.ProjectListView.as_view(), name="api-project-list"),
    path(PROJECT, projects.ProjectDetailView.as_view(), name="api-project-detail"),
    path(f"{PROJECT}/brief", brief_api.BriefView.as_view(), name="api-project-brief"),
    path(f"{PROJECT}/batches", batches.BatchListView.as_view(), name="api-batch-list"),
    path(BATCH, events.batch_detail, name="api-batch-detail"),
    path(f"{BATCH}/events", events.batch_events, name="api-batch-events"),
    path(f"{BATCH}/priority", steering.BatchPriorityView.as_view(), name="api-batch-priority"),
    path(f"{BATCH}/pages", pages.BatchPagesView.as_view(), name="api-batch-pages"),
    path(f"{BATCH}/results", results.BatchResultsView.as_view(), name="api-batch-results"),
    path(PAGE, pages.PageView.as_view(), name="api-page-detail"),
    path(f"{PAGE}/status", page_status.page_status, name="api-page-status"),
    path(f"{PAGE}/process", steering.PageProcessView.as_view(), name="api-page-process"),
    path(f"{PAGE}/logs", pages.PageLogsView.as_view(), name="api-page-logs"),
    path(f"{PROJECT}/optimize", optimize.optimize, name="api-project-optimize"),
    path(f"{PROJECT}/families", families.FamilyListView.as_view(), name="api-family-list"),
    path(f"{PROJECT}/families/differ", families.DifferView.as_view(), name="api-pages-differ"),
    path(f"{PROJECT}/results", results.ProjectResultsView.as_view(), name="api-project-results"),
    path(f"{BATCH}/estimate", spend.BatchEstimateView.as_view(), name="api-batch-estimate"),
    path(f"{BATCH}/spend", spend.BatchSpendView.as_view(), name="api-batch-spend"),
    path(f"{PROJECT}/spend", spend.ProjectSpendView.as_view(), name="api-project-spend"),
    path("organization/spend", spend.OrganizationSpendView.as_view(), name="api-organization-spend"),
    path(f"{PROJECT}/applied", results.AppliedView.as_view(), name="api-project-applied"),
    path("provider-keys", provider_keys.ProviderKeyListView.as_view(), name="api-provider-key-list"),
    path(
        "provider-keys/<key_id:key_id>",
        provider_keys.ProviderKeyView.as_view(),
        name="api-provider-key-detail",
    ),
    path("reference", reference.page, name="api-reference"),
    path(
        "schema",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="api-schema",
    ),
]
for action in batches.BatchActionView.ACTIONS:
    view = batches.BatchActionView.as_view(action=action)
    urlpatterns.append(path(f"{BATCH}/{action}", view, name=f"api-batch-{action}"))
