"""Accounts in the support admin."""

from django.contrib import admin

from accounts.models import (
    AuditChain,
    AuditEvent,
    DataExport,
    Invitation,
    Membership,
    Organization,
    ProviderKey,
    User,
)
from nimbus.support import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "id", "name", "is_active", "is_staff", "created_at")
    search_fields = ("id", "email", "name")
    exclude = ("password",)


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    can_delete = False


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    list_display = ("name", "id", "slug", "created_at")
    search_fields = ("id", "slug", "name", "memberships__user__email")
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "organization", "role")
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "user__id", "organization__id")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "organization", "role", "expires_at", "accepted_at")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__id")
    exclude = ("token_digest",)


@admin.register(ProviderKey)
class ProviderKeyAdmin(ReadOnlyAdmin):
    list_display = ("id", "organization", "base_url", "hint", "revoked_at")
    list_select_related = ("organization",)
    search_fields = ("id", "organization__id")
    exclude = ("ciphertext",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "actor", "target", "chain", "seq", "message")
    search_fields = ("=chain", "=target", "=batch", "=actor", "=action", "=organization_id")
    list_filter = ("level",)
    ordering = ("-id",)


@admin.register(AuditChain)
class AuditChainAdmin(ReadOnlyAdmin):
    list_display = ("id", "organization_id", "seq", "hash")
    search_fields = ("=id", "=organization_id")


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    list_display = ("id", "organization_id", "user", "status", "size", "created_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("=organization_id", "=user__id", "user__email")
    exclude = ("key",)
