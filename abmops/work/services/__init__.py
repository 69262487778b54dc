"""What may be done with the work list: `from abmops.work import services as work`."""

from abmops.work.errors import Fenced, GiveUp, Later
from abmops.work.nudge import nudge_on_commit
from abmops.work.schedule import register as periodic
from abmops.work.selectors import database_now
from abmops.work.services.auditing import run_audits
from abmops.work.services.beating import beat
from abmops.work.services.claiming import Claim, claim, claim_retry
from abmops.work.services.draining import drain, drain_all, run
from abmops.work.services.finishing import complete, fail, hold, hold_one
from abmops.work.services.judging import dismiss, replay
from abmops.work.services.leases import reclaim
from abmops.work.services.putting import Put, append, append_found, cancel, cancel_many, put, put_many
from abmops.work.services.ticking import Tick, drain_late, put_slots, tick

__all__ = [
    "Claim",
    "Fenced",
    "GiveUp",
    "Later",
    "Put",
    "Tick",
    "append",
    "append_found",
    "beat",
    "cancel",
    "cancel_many",
    "claim",
    "claim_retry",
    "complete",
    "database_now",
    "dismiss",
    "drain",
    "drain_all",
    "drain_late",
    "fail",
    "hold",
    "hold_one",
    "nudge_on_commit",
    "periodic",
    "put",
    "put_many",
    "put_slots",
    "reclaim",
    "replay",
    "run",
    "run_audits",
    "tick",
]
