from django.urls import path

from accounts import member_views, organization_views, provider_key_views, session_views, views

app_name = "accounts"
PROVIDER_KEYS = "organizations/<str:organization_id>/provider-keys"
MEMBERS = "organizations/<str:organization_id>/members"
urlpatterns = [
    path("audit", views.audit_log, name="audit"),
    path("audit/verify", views.verify_log, name="verify_audit"),
    path("organizations/<str:organization_id>", organization_views.settings, name="organization"),
    path("organizations/<str:organization_id>/transfer", organization_views.transfer, name="transfer"),
    path(PROVIDER_KEYS, provider_key_views.overview, name="provider_keys"),
    path(f"{PROVIDER_KEYS}/<str:key_id>/revoke", provider_key_views.revoke, name="revoke_provider_key"),
    path(MEMBERS, member_views.overview, name="members"),
    path(f"{MEMBERS}/<str:user_id>/role", member_views.change_role, name="change_role"),
    path(f"{MEMBERS}/<str:user_id>/remove", member_views.remove, name="remove_member"),
    path(
        "organizations/<str:organization_id>/invitations/<int:invitation_id>/withdraw",
        member_views.withdraw,
        name="withdraw",
    ),
    path("invitations/<str:token>", member_views.invitation, name="invitation"),
    path("sessions/<int:session_id>/end", session_views.end, name="end_session"),
    path("profile", views.profile, name="profile"),
]
