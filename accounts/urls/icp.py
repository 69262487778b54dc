"""Addresses of the ideal customer profile pages."""

from django.urls import URLPattern

app_name = "icp"
urlpatterns: list[URLPattern] = []
