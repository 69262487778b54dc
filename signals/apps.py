"""Registration of the signals app: its kinds of work, its periodic work and its lines of the timeline."""

from datetime import timedelta

from django.apps import AppConfig

from abmops.lib import timeline
from abmops.work import kinds


class SignalsConfig(AppConfig):
    """WHEN: what accounts do, and what it means."""

    name = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the work list runs for us. Imports wait until models are loaded."""
        from abmops.work import rounds  # noqa: PLC0415
        from abmops.work import services as work  # noqa: PLC0415
        from accounts.selectors.list_audit import register_heard  # noqa: PLC0415
        from accounts.services import undoing  # noqa: PLC0415
        from signals import erasing, feedback_jobs, merging, panels, score_jobs, waiting_jobs, ways_in  # noqa: PLC0415
        from signals.jobs import (  # noqa: PLC0415
            count_yesterday,
            forget_unnamed,
            make_partitions,
            propose_tiers,
            sweep,
            watch_next,
        )
        from signals.models import AccountMemory, AccountState, FitChange, ScoreDay, Surge  # noqa: PLC0415
        from signals.selectors.heard import heard  # noqa: PLC0415
        from signals.services import (  # noqa: PLC0415
            backtest_runs,
            detect,
            holding,
            score,
            survey,
        )
        from signals.services.detect import keys  # noqa: PLC0415
        from signals.timeline import entries  # noqa: PLC0415

        for model in (AccountMemory, AccountState, FitChange, ScoreDay, Surge):
            undoing.derives(model)
        kinds.register(kinds.Kind("ingest", "ingest", detect.detect, batch=40))
        kinds.register(kinds.Kind("held", "ingest", holding.release, batch=1000))
        kinds.register(kinds.Kind("resolve", "ingest", detect.resolve, batch=20))
        kinds.register(kinds.Kind("evaluate", "ingest", detect.evaluate_accounts, batch=200, coalesce=True))
        kinds.register(kinds.Kind("survey", "bulk", survey.survey, coalesce=True))
        kinds.register(kinds.Kind(backtest_runs.KIND, "bulk", backtest_runs.run, batch=1, max_attempts=2))
        rounds.register("signals.forget_keys", every=timedelta(days=1), step=keys.forget_next)
        rounds.register("signals.settle_keys", every=timedelta(hours=1), step=keys.settle_next)
        work.periodic("signals.sweep_unmatched", every=timedelta(minutes=1), handler=sweep)
        rounds.register("signals.refresh_scores", every=timedelta(minutes=15), step=score.refresh_next)
        work.periodic("signals.make_partitions", every=timedelta(days=1), handler=make_partitions)
        work.periodic("signals.forget_unnamed", every=timedelta(days=1), handler=forget_unnamed)
        work.periodic(
            "signals.propose_tiers", every=timedelta(days=1), offset=timedelta(hours=4), handler=propose_tiers
        )
        rounds.register("signals.watch_sources", every=timedelta(minutes=5), step=watch_next)
        work.periodic(
            "signals.count_yesterday",
            every=timedelta(days=1),
            offset=timedelta(minutes=40),
            handler=count_yesterday,
        )
        register_heard("signals", heard)
        timeline.register("signals", entries)
        ways_in.register()
        panels.register()
        score_jobs.register()
        feedback_jobs.register()
        waiting_jobs.register()
        erasing.register()
        merging.register()
