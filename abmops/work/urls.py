"""Addresses of the work list."""

from django.urls import path, re_path

from abmops.work import views

app_name = "work"
urlpatterns = [
    re_path(r"^healthz/?$", views.healthz, name="healthz"),
    path("health/", views.health, name="health"),
    path("health/judge/", views.judge, name="judge"),
]
