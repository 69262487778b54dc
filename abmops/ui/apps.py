"""The app of the shared page parts; it has no models."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Label `ui`."""

    name = "abmops.ui"
    label = "ui"
    verbose_name = "Pages"
