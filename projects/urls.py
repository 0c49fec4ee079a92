from django.urls import path

from projects import deletion_views, first_run, key_views, saved_view_views, views

app_name = "projects"
urlpatterns = [
    path("new", views.create, name="create"),
    path("<str:project_id>", views.detail, name="detail"),
    path("<str:project_id>/connection", first_run.connection, name="connection"),
    path("<str:project_id>/menu", views.menu, name="menu"),
    path("<str:project_id>/brief", views.brief, name="brief"),
    path("<str:project_id>/settings", views.settings, name="settings"),
    path("<str:project_id>/delete", deletion_views.delete, name="delete"),
    path("<str:project_id>/restore", deletion_views.restore, name="restore"),
    path("<str:project_id>/keys", key_views.keys, name="keys"),
    path("<str:project_id>/keys/<str:key_id>/roll", key_views.roll, name="roll_key"),
    path("<str:project_id>/keys/<str:key_id>/revoke", key_views.revoke, name="revoke_key"),
    path("<str:project_id>/views", saved_view_views.save, name="save_view"),
    path("<str:project_id>/views/<int:view_id>/remove", saved_view_views.remove, name="remove_view"),
    path("<str:project_id>/views/<int:view_id>/restore", saved_view_views.restore, name="restore_view"),
]
