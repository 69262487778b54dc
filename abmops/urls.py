"""Every address of the program."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from signals import webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("abmops.ui.urls")),
    path("", include("abmops.work.urls")),
    path("accounts/", include("accounts.urls")),
    path("", include("signals.urls")),
    path("", include("plays.urls")),
    path("", include("scoreboard.urls")),
    path("", include("governance.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("abmops.api")),
    # Segment's libraries send with and without the slash.
    re_path(r"^v1/(?:batch|import)/?$", webhooks.batch, name="ingest_batch"),
    re_path(
        r"^v1/(?P<call>track|page|screen|identify|group|alias)/?$", webhooks.single, name="ingest_single"
    ),
]
