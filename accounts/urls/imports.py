"""Addresses of the import pages."""

from django.urls import path

from accounts.views.imports import columns, listing, report

app_name = "imports"
urlpatterns = [
    path("", listing.import_list, name="list"),
    path("imports.csv", listing.import_csv, name="csv"),
    path("new/", listing.new_import, name="new"),
    path("<int:pk>/", report.report, name="import"),
    path("<int:pk>/columns/", columns.columns, name="columns"),
    path("<int:pk>/file/", columns.reopen, name="reopen"),
    path("<int:pk>/progress/", report.progress, name="progress"),
    path("<int:pk>/rows.csv", report.rows_csv, name="rows_csv"),
    path("<int:pk>/run/", report.run, name="run"),
    path("<int:pk>/undo/", report.undo, name="undo"),
]
