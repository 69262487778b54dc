"""Registration of the signals app."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """WHEN: what accounts did, and when that is enough to act."""

    name = "signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"
