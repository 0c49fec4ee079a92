"""Every address of the product."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path

from accounts import session_views
from batches.home_views import home
from nimbus import api, health, metrics, plugin

handler400, handler403 = api.bad_request, api.permission_denied
handler404, handler500 = api.page_not_found, api.server_error

# Support signs in by the same door as everybody: second factor, limits and all.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Nimbus support"
admin.site.index_title = "Everything by any id"

urlpatterns = [
    path("api/v1/", include("batches.api.urls")),
    re_path(r"^api(?:/|$)", api.unknown_address),
    path("admin/", admin.site.urls),
    # Before allauth's own at the same address.
    path("account/sessions/", session_views.Overview.as_view(), name="usersessions_list"),
    path("account/", include("allauth.urls")),
    path("health", health.show, name="health"),
    path("healthz", health.show_life, name="healthz"),
    path("readyz", health.show_readiness, name="readyz"),
    path("metrics", metrics.show, name="metrics"),
    path("gulp-nimbus.tgz", plugin.tarball, name="plugin"),
    path("", home, name="home"),
    path("projects/", include("projects.urls")),
    path("you/", include("accounts.urls")),
    path("", include("batches.urls")),
]
