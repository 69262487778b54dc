"""What ran: plays started and finished, accounts touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scoreboard.domain.figures import Case, Figure, Measure, Scope, a_week, share, tiered
from scoreboard.selectors.sql import IN_SCOPE, LISTED, parameters, rows

# Activity on accounts off the list counts, too (tier null), unless a tier is asked for.
_STATEMENT = f"""
WITH {LISTED},
ran AS (
    SELECT e.account_id, e.enrolled_at, e.finished_at, e.stalled_at
    FROM plays_enrollment e
    WHERE e.state <> 'holdout'
      AND ((e.enrolled_at >= %(week)s AND e.enrolled_at < %(at)s)
           OR (e.finished_at >= %(quarter)s AND e.finished_at < %(at)s))
),
acts AS (
    SELECT 'started' AS kind, account_id, enrolled_at AS at, true AS counted FROM ran
    WHERE enrolled_at >= %(week)s AND enrolled_at < %(at)s
    UNION ALL
    SELECT 'finished', account_id, finished_at, stalled_at IS NULL OR stalled_at >= %(at)s FROM ran
    WHERE finished_at >= %(quarter)s AND finished_at < %(at)s
    UNION ALL
    SELECT 'touched', t.account_id, max(t.occurred_at), true FROM accounts_touch t
    WHERE t.direction = 'outbound' AND t.occurred_at >= %(week)s AND t.occurred_at < %(at)s
    GROUP BY t.account_id
    UNION ALL
    SELECT 'listed', l.account_id, NULL, false FROM listed l
)
SELECT x.kind, x.account_id, l.tier, x.at, x.counted
FROM acts x JOIN accounts_account a ON a.id = x.account_id LEFT JOIN listed l ON l.account_id = x.account_id
WHERE (%(tier)s::int IS NULL OR l.tier IS NOT NULL) AND {IN_SCOPE}
"""  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class Act:
    """A play started in 7 days or finished in 90, or an account touched in 7 (`listed`: an account of
    L(T)).
    """

    kind: str
    account: int
    tier: int | None
    at: datetime | None
    counted: bool


# key -> (kind of act, measure)
MEASURES: dict[str, tuple[str, Measure]] = {
    "completed_without_stall": ("finished", share),
    "plays_run_per_week": ("started", a_week(1)),
    "accounts_touched_per_week": ("touched", a_week(1)),
}


def acts(at: datetime, scope: Scope) -> list[Act]:
    """One row an act."""
    return [Act(*row) for row in rows(_STATEMENT, parameters(at, scope))]


def _of(kind: str, found: Sequence[Act]) -> list[Case]:
    return [Case(act.account, act.tier, act.counted, at=act.at) for act in found if act.kind == kind]


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """How much ran, and how smoothly."""
    found = acts(at, scope)
    return {key: tiered(measure, _of(kind, found)) for key, (kind, measure) in MEASURES.items()}


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """One number's acts; for the weekly ones the listed accounts without any are what is missing."""
    found = acts(at, scope)
    kind = MEASURES[key][0]
    chosen = _of(kind, found)
    if kind == "finished":
        return chosen
    active = {case.account for case in chosen}
    return chosen + [case for case in _of("listed", found) if case.account not in active]
