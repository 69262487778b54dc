"""Registration of the work list."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Pending work, below every other app."""

    name = "abmops.work"
    label = "work"
    verbose_name = "Work list"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the list's own periodic work, audits and heartbeat."""
        from abmops.work import heartbeat, upkeep  # noqa: PLC0415  (models are loaded only now)

        upkeep.register()
        heartbeat.listen()
