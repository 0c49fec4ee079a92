"""The addresses of the API, below /api/v1/."""

from django.urls import path, register_converter
from drf_spectacular.views import SpectacularAPIView

from batches.api import batches, events, routes
from projects import api as projects

register_converter(routes.BatchId, "batch_id")
register_converter(routes.ProjectId, "project_id")
register_converter(routes.PageId, "page_id")
PROJECT, BATCH = "projects/<project_id:project_id>", "batches/<batch_id:batch_id>"

urlpatterns = [
    path("project", projects.WhoAmIView.as_view(), name="api-who-am-i"),
    path("projects", projects.ProjectListView.as_view(), name="api-project-list"),
    path(PROJECT, projects.ProjectDetailView.as_view(), name="api-project-detail"),
    path(f"{PROJECT}/batches", batches.BatchListView.as_view(), name="api-batch-list"),
    path(BATCH, events.batch_detail, name="api-batch-detail"),
    path(f"{BATCH}/events", events.batch_events, name="api-batch-events"),
    path(f"{BATCH}/pages", batches.BatchUploadView.as_view(), name="api-batch-pages"),
    path(
        "schema",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="api-schema",
    ),
]
for action in batches.BatchActionView.ACTIONS:
    view = batches.BatchActionView.as_view(action=action)
    urlpatterns.append(path(f"{BATCH}/{action}", view, name=f"api-batch-{action}"))
