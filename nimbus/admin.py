"""What the frame itself keeps, for support to look at."""

from django.contrib import admin

from nimbus.models import IdempotencyRecord
from nimbus.support import ReadOnlyAdmin


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    list_display = ("key", "api_key", "organization_id", "status", "created_at", "expires_at")
    search_fields = ("key", "api_key", "organization_id")
