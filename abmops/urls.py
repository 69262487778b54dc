"""Every address of the program."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("abmops.ui.urls")),
    path("admin/", admin.site.urls),
]
