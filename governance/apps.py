"""Registration of the governance app."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """WHO DECIDES: escalations and decisions."""

    name = "governance"
    label = "governance"
    default_auto_field = "django.db.models.BigAutoField"
