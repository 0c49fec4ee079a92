from django.urls import path

from projects import views

app_name = "projects"
urlpatterns = [
    path("new", views.create, name="create"),
    path("<str:project_id>", views.detail, name="detail"),
    path("<str:project_id>/menu", views.menu, name="menu"),
    path("<str:project_id>/brief", views.brief, name="brief"),
    path("<str:project_id>/settings", views.settings, name="settings"),
    path("<str:project_id>/keys", views.keys, name="keys"),
    path("<str:project_id>/keys/<str:key_id>/revoke", views.revoke_key, name="revoke_key"),
]
