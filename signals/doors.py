"""Addresses of the doors for machines; `abmops.security.Doors` goes straight to them."""

from django.urls import re_path

from signals import hooks, webhooks

urlpatterns = [
    # Segment's libraries send with and without the slash.
    re_path(r"^v1/(?:batch|import|b)/?$", webhooks.batch, name="ingest_batch"),
    re_path(
        r"^v1/(?P<call>track|page|screen|identify|group|alias|[tpsiga])/?$",
        webhooks.single,
        name="ingest_single",
    ),
    re_path(r"^v1/m/?$", webhooks.metrics, name="ingest_metrics"),
    re_path(r"^hooks/(?P<slug>[-a-zA-Z0-9_]{1,50})/?$", hooks.hook, name="hook"),
]
