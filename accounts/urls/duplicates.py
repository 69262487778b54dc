"""Addresses of the duplicates and merges pages."""

from django.urls import URLPattern, path

from accounts.views import duplicates, merging

app_name = "duplicates"
urlpatterns: list[URLPattern] = [
    path("", duplicates.listing, name="list"),
    path("duplicates.csv", duplicates.listing_csv, name="csv"),
    path("decide/", duplicates.decide, name="decide"),
    path("undo/<uuid:change_set>/", duplicates.take_back, name="take_back"),
    path("merge/", merging.merge, name="merge"),
    path("merges/", merging.merges, name="merges"),
    path("merges.csv", merging.merges_csv, name="merges_csv"),
    path("merges/<int:pk>/undo/", merging.undo, name="undo_merge"),
]
