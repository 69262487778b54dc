"""Registration of the accounts app."""

from datetime import timedelta

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """WHO: accounts, people, the list."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the timeline's lines and the periodic clean-up. Imports wait until models are loaded."""
        from abmops.lib import timeline  # noqa: PLC0415
        from abmops.ui import navigation  # noqa: PLC0415
        from abmops.work import services as work  # noqa: PLC0415
        from accounts import fitting, importing, joining, keeping, panels  # noqa: PLC0415
        from accounts.jobs import erasing, forget_idempotent_answers, gaps, sidecars  # noqa: PLC0415
        from accounts.selectors.target_list import nominations_to_decide  # noqa: PLC0415
        from accounts.timeline import entries  # noqa: PLC0415

        timeline.register("accounts", entries)
        navigation.count("target_list:page", nominations_to_decide)
        erasing.register()
        gaps.register()
        sidecars.register()
        work.periodic("accounts.forget_answers", every=timedelta(days=1), handler=forget_idempotent_answers)
        fitting.register()
        joining.register()
        keeping.register()
        importing.start()
        panels.register()
