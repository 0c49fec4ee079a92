"""Accounts in the support admin."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from accounts import support, support_views
from accounts.models import (
    AuditChain,
    AuditEvent,
    DataExport,
    Invitation,
    Membership,
    Organization,
    ProviderKey,
    SupportVisit,
    User,
)
from nimbus.support import ReadOnlyAdmin

# Their own admins let staff read and write what opens accounts.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


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
    list_display = ("name", "id", "slug", "created_at", "paused_at", "delete_after")
    actions = ("pause", "resume")
    search_fields = ("id", "slug", "name", "memberships__user__email")
    inlines = (MembershipInline,)

    def get_urls(self) -> list[URLPattern]:
        def staff(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("search/", staff(support_views.search), name="support_search"),
            path("<str:organization_id>/look/", staff(support_views.look), name="support_look"),
            path("visits/<int:visit_id>/leave/", staff(support_views.leave), name="support_leave"),
            *super().get_urls(),
        ]

    @admin.action(description="Pause")
    def pause(self, request: HttpRequest, organizations: QuerySet[Organization]) -> None:
        self.act(request, organizations, support.pause, "paused")

    @admin.action(description="Let go on")
    def resume(self, request: HttpRequest, organizations: QuerySet[Organization]) -> None:
        self.act(request, organizations, support.resume, "goes on")

    def act(self, request: HttpRequest, organizations: QuerySet[Organization], step: Any, done: str) -> None:
        for organization in organizations:
            if step(organization, request.user):
                messages.success(request, f"{organization.name} {done}.")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    is_directory = True
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


@admin.register(SupportVisit)
class SupportVisitAdmin(ReadOnlyAdmin):
    is_directory = True
    list_display = ("organization_id", "staff", "reason", "started_at", "ends_at")
    list_select_related = ("staff",)
    search_fields = ("=organization_id", "staff__email", "reason")
