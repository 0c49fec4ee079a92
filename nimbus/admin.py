"""What the frame itself keeps, for support to look at."""

from django.contrib import admin

from nimbus.models import Heartbeat, IdempotencyRecord
from nimbus.support import ReadOnlyAdmin


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    list_display = ("key", "api_key", "organization_id", "status", "created_at", "expires_at")
    search_fields = ("key", "api_key", "organization_id")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at")
    search_fields = ("name",)
