"""What each play yields: enrollments with the contract's outcome inside its window, and the same in its
holdout.
"""

from dataclasses import dataclass
from datetime import datetime

from scoreboard.domain.figures import Scope
from scoreboard.domain.intervals import Interval, newcombe, wilson
from scoreboard.selectors.sql import IN_SCOPE, LISTED, OPENED, parameters, rows

# Only enrollments whose window had passed by T; an outcome at the window's last moment is outside it.
_STATEMENT = f"""
WITH {LISTED},
passed AS (
    SELECT e.play_id, e.account_id, e.enrolled_at, e.state = 'holdout' AS held_out, v.contract->>'outcome' AS
    outcome, e.enrolled_at + make_interval(days => (v.contract->>'days')::int) AS ends_at
    FROM plays_enrollment e JOIN plays_playversion v ON v.id = e.version_id
    JOIN accounts_account a ON a.id = e.account_id
    LEFT JOIN listed l ON l.account_id = e.account_id
    WHERE (%(play)s::bigint IS NULL OR e.play_id = %(play)s)
      AND e.enrolled_at + make_interval(days => (v.contract->>'days')::int) <= %(at)s
      AND {IN_SCOPE} AND (%(tier)s::int IS NULL OR l.tier IS NOT NULL)
)
SELECT p.id, p.name, now.contract->>'outcome', (now.contract->>'days')::int, w.held_out, count(*),
    count(*) FILTER (WHERE CASE w.outcome
        WHEN 'meeting_booked' THEN EXISTS (
            SELECT FROM accounts_accountevent x WHERE x.account_id = w.account_id AND x.kind =
            'meeting_booked' AND x.at >= w.enrolled_at AND x.at < w.ends_at)
        WHEN 'opportunity_created' THEN EXISTS (
            SELECT FROM accounts_opportunity o WHERE o.account_id = w.account_id
              AND {OPENED} >= w.enrolled_at AND {OPENED} < w.ends_at)
        WHEN 'deal_won' THEN EXISTS (
            SELECT FROM accounts_opportunity o WHERE o.account_id = w.account_id AND o.outcome = 'won'
              AND o.closed_at >= w.enrolled_at AND o.closed_at < w.ends_at)
        END)
FROM passed w JOIN plays_play p ON p.id = w.play_id LEFT JOIN plays_playversion now ON now.id = p.current_id
GROUP BY p.id, p.name, now.contract, w.held_out
"""  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class Arm:
    """Enrollments whose window has passed, and how many of them had the outcome."""

    runs: int = 0
    hits: int = 0

    @property
    def share(self) -> float | None:
        """The yield; None without a run."""
        return self.hits / self.runs if self.runs else None


@dataclass(frozen=True, slots=True)
class PlayYield:
    """One play's yield as of T. `outcome` and `days` are its current contract's, each run is held to its
    own.
    """

    play: int
    name: str
    outcome: str
    days: int
    run: Arm
    holdout: Arm

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval of the yield."""
        return wilson(self.run.hits, self.run.runs)

    @property
    def lift(self) -> float | None:
        """The yield less the holdout's; None while either has no run."""
        if self.run.share is None or self.holdout.share is None:
            return None
        return self.run.share - self.holdout.share

    @property
    def lift_interval(self) -> Interval | None:
        """Newcombe's 95 % interval of the lift."""
        return newcombe(self.run.hits, self.run.runs, self.holdout.hits, self.holdout.runs)


def play_yields(at: datetime, scope: Scope, *, play: int | None = None) -> list[PlayYield]:
    """Plays with a passed window, the best yield first; plays without a run at the end."""
    arms: dict[int, dict[bool, Arm]] = {}
    told: dict[int, tuple[str, str, int]] = {}
    for pk, name, outcome, days, held_out, runs, hits in rows(
        _STATEMENT, parameters(at, scope) | {"play": play}
    ):
        arms.setdefault(pk, {})[held_out] = Arm(runs, hits)
        told[pk] = (name, outcome or "", days or 0)
    found = [
        PlayYield(pk, *told[pk], run=arm.get(False, Arm()), holdout=arm.get(True, Arm()))
        for pk, arm in arms.items()
    ]
    return sorted(found, key=lambda each: (each.run.share is None, -(each.run.share or 0), each.name))
