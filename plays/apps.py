"""Registration of the plays app."""

from django.apps import AppConfig


class PlaysConfig(AppConfig):
    """WHAT: what happens now, and who does it by when."""

    name = "plays"
    label = "plays"
    default_auto_field = "django.db.models.BigAutoField"
