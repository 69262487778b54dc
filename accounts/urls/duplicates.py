"""Addresses of the duplicates and merges pages."""

from django.urls import URLPattern

app_name = "duplicates"
urlpatterns: list[URLPattern] = []
