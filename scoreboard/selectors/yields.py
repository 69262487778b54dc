"""What each play yields: enrollments with the contract's outcome inside its window, and the same in its
holdout.
"""

from dataclasses import dataclass
from datetime import datetime

from plays.domain.yields import Arm, Yield
from plays.selectors.yields import COUNTS, ENDS_AT, REACHED
from scoreboard.domain.figures import Scope
from scoreboard.selectors.sql import IN_SCOPE, LISTED, parameters, rows

__all__ = ["Arm", "PlayYield", "play_yields"]

# Only enrollments whose window had passed by T; an outcome at the window's last moment is outside it.
_STATEMENT = f"""
WITH {LISTED},
w AS MATERIALIZED (
    SELECT e.play_id, e.account_id, e.enrolled_at, e.held_out, v.contract->>'outcome' AS outcome, {ENDS_AT} AS ends_at
    FROM plays_enrollment e JOIN plays_playversion v ON v.id = e.version_id
    JOIN accounts_account a ON a.id = e.account_id
    LEFT JOIN listed l ON l.account_id = e.account_id
    WHERE (%(play)s::bigint IS NULL OR e.play_id = %(play)s) AND {COUNTS}
      AND {ENDS_AT} <= %(at)s
      AND {IN_SCOPE} AND (%(tier)s::int IS NULL OR l.tier IS NOT NULL)
)
SELECT p.id, p.name, now.contract->>'outcome', (now.contract->>'days')::int, w.held_out, count(*),
    count(*) FILTER (WHERE {REACHED})
FROM w JOIN plays_play p ON p.id = w.play_id LEFT JOIN plays_playversion now ON now.id = p.current_id
GROUP BY p.id, p.name, now.contract, w.held_out
"""  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class PlayYield(Yield):
    """One play's yield as of T. `outcome` and `days` are its current contract's, each run is held to its
    own.
    """

    play: int = 0
    name: str = ""
    outcome: str = ""
    days: int = 0


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
        PlayYield(arm.get(False, Arm()), arm.get(True, Arm()), pk, *told[pk]) for pk, arm in arms.items()
    ]
    return sorted(found, key=lambda each: (each.run.share is None, -(each.run.share or 0), each.name))
