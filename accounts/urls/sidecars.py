"""Addresses of the sidecar drift pages."""

from django.urls import URLPattern

app_name = "sidecars"
urlpatterns: list[URLPattern] = []
