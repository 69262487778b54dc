"""Addresses of the target list pages."""

from django.urls import URLPattern

app_name = "target_list"
urlpatterns: list[URLPattern] = []
