from django.urls import path

from accounts import (
    audit_views,
    member_views,
    organization_views,
    provider_key_views,
    rights_views,
    session_views,
    views,
)

app_name = "accounts"
ORGANIZATION = "organizations/<str:organization_id>"
PROVIDER_KEYS = "organizations/<str:organization_id>/provider-keys"
MEMBERS = "organizations/<str:organization_id>/members"
urlpatterns = [
    path("audit", audit_views.audit_log_page, name="audit"),
    path("audit/verify", audit_views.verify, name="verify_audit"),
    path("audit/export", audit_views.export, name="export_audit"),
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
    path("exports", rights_views.export_person, name="export_person"),
    path("exports/<int:export_id>", rights_views.download, name="download_export"),
    path("erase", rights_views.erase_person, name="erase_person"),
    path(f"{ORGANIZATION}/export", rights_views.export_organization, name="export_organization"),
    path(f"{ORGANIZATION}/delete", rights_views.delete_organization, name="delete_organization"),
    path(f"{ORGANIZATION}/keep", rights_views.keep_organization, name="keep_organization"),
    path("sessions/<int:session_id>/end", session_views.end, name="end_session"),
    path("profile", views.profile, name="profile"),
]
