"""Addresses of the data gaps pages."""

from django.urls import URLPattern

app_name = "gaps"
urlpatterns: list[URLPattern] = []
