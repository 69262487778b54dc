"""Registration of the action plane."""

from django.apps import AppConfig


class PlaysConfig(AppConfig):
    """WHAT happens now: plays, decisions, enrollments, tasks."""

    name = "plays"
    verbose_name = "Plays"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of work, what other apps' pages show of plays, and the audits."""
        from abmops.lib import notices, refusing, touching  # noqa: PLC0415
        from accounts.services import events  # noqa: PLC0415
        from plays import audits, booked, erasing, jobs, keeping, merging, panels, phase_jobs  # noqa: PLC0415  (models are loaded only now)
        from plays.services.guardrail.recounting import recount  # noqa: PLC0415
        from plays.services.notice.telling import deliver, settle  # noqa: PLC0415
        from plays.services.outbox import announcing  # noqa: PLC0415
        from plays.services.task.meetings import note_taken_back  # noqa: PLC0415
        from plays.services.task.refused import let_go  # noqa: PLC0415

        notices.register("plays", deliver, settle)
        refusing.register("plays", let_go)
        touching.register("plays", recount)
        erasing.register()
        merging.register()
        jobs.register()
        keeping.register()
        panels.register()
        booked.register()
        phase_jobs.register()
        audits.register()
        events.LISTENERS += [announcing.list_changed, note_taken_back]
