"""Addresses of the pages about a source's hook, and of the way to bring a file of signals."""

from django.urls import path

from signals.views import hooks

urlpatterns = [
    path("catalogue/sources/<slug:slug>/mapping/", hooks.mapping, name="mapping"),
    path("catalogue/sources/<slug:slug>/mapping/calls.csv", hooks.calls_csv, name="hook_calls_csv"),
    path("catalogue/sources/<slug:slug>/signing/", hooks.signing, name="signing"),
    path("catalogue/sources/<slug:slug>/signing/rotate/", hooks.rotate, name="signing_rotate"),
    path("signals/upload/", hooks.upload, name="upload"),
]
