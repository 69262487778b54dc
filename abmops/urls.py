"""Every address of the program."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from signals import doors

urlpatterns: list[URLPattern | URLResolver] = [
    *doors.urlpatterns,
    path("", include("abmops.ui.urls")),
    path("", include("abmops.work.urls")),
    path("accounts/", include("accounts.urls")),
    path("list/", include("accounts.urls.target_list")),
    path("imports/", include("accounts.urls.imports")),
    path("duplicates/", include("accounts.urls.duplicates")),
    path("drift/", include("accounts.urls.sidecars")),
    path("profile/", include("accounts.urls.icp")),
    path("committees/", include("accounts.urls.committees")),
    path("gaps/", include("accounts.urls.gaps")),
    path("changes/", include("accounts.urls.changes")),
    path("", include("signals.urls")),
    path("", include("plays.urls")),
    path("", include("scoreboard.urls")),
    path("", include("governance.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("abmops.api")),
]
