"""Addresses of the sidecar drift pages."""

from django.urls import URLPattern, path

from accounts.views import sidecar_readings, sidecars

app_name = "sidecars"
urlpatterns: list[URLPattern] = [
    path("", sidecars.systems, name="list"),
    path("new/", sidecars.define, name="new"),
    path("readings/<int:pk>/", sidecar_readings.reading, name="reading"),
    path("readings/<int:pk>/findings.csv", sidecar_readings.findings_csv, name="findings_csv"),
    path("readings/<int:pk>/correction.csv", sidecar_readings.correction_csv, name="correction"),
    path("systems/<slug:slug>/", sidecars.system, name="system"),
    path("systems/<slug:slug>/change/", sidecars.define, name="change"),
    path("systems/<slug:slug>/upload/", sidecars.upload, name="upload"),
    path("systems/<slug:slug>/upload/<int:pk>/", sidecars.columns, name="columns"),
    path("systems/<slug:slug>/upload/<int:pk>/reading/", sidecars.being_read, name="being_read"),
    path("systems/<slug:slug>/upload/<int:pk>/reading/progress/", sidecars.progress, name="progress"),
]
