"""Addresses of the committees over the whole list pages."""

from django.urls import URLPattern

app_name = "committees"
urlpatterns: list[URLPattern] = []
