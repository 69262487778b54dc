"""Addresses of the list's readings: its week, its read-through, its audit. Part of the target list's own."""

from django.urls import URLPattern, path

from accounts.views import list_audit, weekly_diff

urlpatterns: list[URLPattern] = [
    path("weekly/", weekly_diff.weekly, name="weekly"),
    path("weekly/text/", weekly_diff.weekly_text, name="weekly_text"),
    path("weekly/week.csv", weekly_diff.weekly_csv, name="weekly_csv"),
    path("read/", weekly_diff.read_through, name="read"),
    path("audit/", list_audit.audit, name="audit"),
    path("audit/findings.csv", list_audit.audit_csv, name="audit_csv"),
    path("audit/<slug:kind>/", list_audit.finding, name="finding"),
]
