"""Addresses of the target list pages."""

from django.urls import URLPattern, path

from accounts.views.target_list import overview

app_name = "target_list"
urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="page"),
]
