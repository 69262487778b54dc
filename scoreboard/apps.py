"""Registration of the scoreboard app."""

from django.apps import AppConfig


class ScoreboardConfig(AppConfig):
    """WORKED? The numbers, and the rows behind them."""

    name = "scoreboard"
    label = "scoreboard"
    default_auto_field = "django.db.models.BigAutoField"
