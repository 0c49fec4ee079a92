"""Projects in the support admin."""

from django.contrib import admin

from nimbus.support import ReadOnlyAdmin
from projects.models import (
    APIKey,
    APIKeyUsage,
    Brief,
    MemoryEntry,
    Project,
    SavedView,
    SpendDay,
    SpendEntry,
    SpendTotal,
)


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    is_directory = True
    list_display = ("name", "id", "domain", "organization", "created_at")
    list_select_related = ("organization",)
    search_fields = ("id", "name", "domain", "organization__id")


@admin.register(Brief)
class BriefAdmin(ReadOnlyAdmin):
    list_display = ("project", "version", "created_at")
    list_select_related = ("project",)
    search_fields = ("project__id", "=organization_id")


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "place", "created_by", "created_at", "removed_at")
    list_select_related = ("project",)
    search_fields = ("name", "project__id", "=organization_id")


@admin.register(APIKey)
class APIKeyAdmin(ReadOnlyAdmin):
    is_directory = True
    list_display = ("name", "id", "prefix", "organization", "project", "last_used_at", "revoked_at")
    list_select_related = ("organization", "project")
    search_fields = ("id", "name", "prefix", "organization__id", "project__id")
    exclude = ("digest",)


@admin.register(APIKeyUsage)
class APIKeyUsageAdmin(ReadOnlyAdmin):
    list_display = ("key", "day", "requests")
    list_select_related = ("key",)
    search_fields = ("key__id", "=organization_id")


@admin.register(SpendEntry)
class SpendEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "project", "batch", "call", "kind", "microdollars")
    list_select_related = ("project",)
    search_fields = ("project__id", "=batch", "=call", "=organization_id")


@admin.register(SpendTotal)
class SpendTotalAdmin(ReadOnlyAdmin):
    list_display = ("key", "spent", "reserved", "cap_microdollars", "told_percent")
    search_fields = ("=owner", "=organization_id")


@admin.register(SpendDay)
class SpendDayAdmin(ReadOnlyAdmin):
    list_display = ("day", "project", "model", "lane", "pages", "calls", "microdollars")
    list_select_related = ("project",)
    search_fields = ("project__id", "=organization_id")


@admin.register(MemoryEntry)
class MemoryEntryAdmin(ReadOnlyAdmin):
    list_display = ("project", "source", "text", "created_at")
    list_select_related = ("project",)
    search_fields = ("project__id", "=key_hash")
