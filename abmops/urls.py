"""Every address of the program."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from signals import hooks, webhooks

urlpatterns: list[URLPattern | URLResolver] = [
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
    re_path(r"^hooks/(?P<slug>[-a-zA-Z0-9_]{1,50})/?$", hooks.hook, name="hook"),
    # Segment's libraries send with and without the slash.
    re_path(r"^v1/(?:batch|import|b)/?$", webhooks.batch, name="ingest_batch"),
    re_path(
        r"^v1/(?P<call>track|page|screen|identify|group|alias|[tpsiga])/?$",
        webhooks.single,
        name="ingest_single",
    ),
    re_path(r"^v1/m/?$", webhooks.metrics, name="ingest_metrics"),
]
