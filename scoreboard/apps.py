"""Registration of the scoreboard app: where its numbers come from, and the nightly snapshot."""

from django.apps import AppConfig


class ScoreboardConfig(AppConfig):
    """WORKED? The numbers, and the rows behind them."""

    name = "scoreboard"
    label = "scoreboard"
    verbose_name = "Scoreboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register sources and work. Imports wait until models are loaded."""
        from scoreboard import jobs, sources  # noqa: PLC0415

        sources.register()
        jobs.register()
