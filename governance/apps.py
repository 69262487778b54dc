"""Registration of the governance app."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """WHO DECIDES: escalations, ratings, and the figures they give to the scoreboard."""

    name = "governance"
    label = "governance"
    verbose_name = "Governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register figures, the timeline's entries and the navigation's count. Imports wait for the
        models.
        """
        from abmops.lib import timeline  # noqa: PLC0415
        from abmops.ui import navigation  # noqa: PLC0415
        from governance import erasing, merging, owning  # noqa: PLC0415
        from governance.selectors import figures, register  # noqa: PLC0415
        from scoreboard.domain import registry  # noqa: PLC0415

        registry.register(registry.Source("governance", figures.KEYS, figures.figures, figures.cases))
        timeline.register("governance", register.entries)
        erasing.register()
        merging.register()
        owning.register()
        navigation.count("governance:escalations", register.open_count)
