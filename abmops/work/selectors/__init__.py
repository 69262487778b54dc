"""What the Health page, its API, the tick and the audits read."""

from abmops.work.selectors.alive import STARTING, Health, Process, health, last_tick, processes
from abmops.work.selectors.due import TOO_LATE, claimable, database_now, oldest_due
from abmops.work.selectors.standing import MOST_COUNTED, KindFigures, figures
from abmops.work.selectors.trouble import (
    audit_runs,
    dead_by_kind,
    dead_items,
    open_breaches,
    overrun_leases,
    unknown_due,
    verdicts,
)

__all__ = [
    "MOST_COUNTED",
    "STARTING",
    "TOO_LATE",
    "Health",
    "KindFigures",
    "Process",
    "audit_runs",
    "claimable",
    "database_now",
    "dead_by_kind",
    "dead_items",
    "figures",
    "health",
    "last_tick",
    "oldest_due",
    "open_breaches",
    "overrun_leases",
    "processes",
    "unknown_due",
    "verdicts",
]
