from django.urls import path

from accounts import member_views, organization_views, session_views, views

app_name = "accounts"
MEMBERS = "organizations/<str:organization_id>/members"
urlpatterns = [
    path("audit", views.audit_log, name="audit"),
    path("organizations/<str:organization_id>", organization_views.settings, name="organization"),
    path("organizations/<str:organization_id>/transfer", organization_views.transfer, name="transfer"),
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
