"""Pages of the action plane."""

from django.urls import URLPattern

app_name = "plays"
urlpatterns: list[URLPattern] = []
