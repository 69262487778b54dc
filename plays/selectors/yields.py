"""Whether an enrollment had its contract's outcome inside its window: one rule for choosing, pages, scoreboard."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from accounts.selectors.money import OPENED
from plays.domain.yields import Arm, Yield

# Who counts: a run is whatever did not begin as a holdout; the other arm are the accounts that still are one. An
# account that a person took out of its holdout is in neither.
COUNTS = "NOT (e.held_out AND e.state <> 'holdout')"

ENDS_AT = "e.enrolled_at + make_interval(days => (v.contract->>'days')::int)"

# Reads `w`: account_id, enrolled_at, ends_at, outcome. An outcome at the window's last moment is outside it.
REACHED = f"""CASE w.outcome
    WHEN 'meeting_booked' THEN EXISTS (
        SELECT FROM accounts_accountevent x WHERE x.account_id = w.account_id AND x.kind = 'meeting_booked'
          AND x.withdrawn_at IS NULL AND x.at >= w.enrolled_at AND x.at < w.ends_at)
    WHEN 'opportunity_created' THEN EXISTS (
        SELECT FROM accounts_opportunity o WHERE o.account_id = w.account_id
          AND {OPENED} >= w.enrolled_at AND {OPENED} < w.ends_at)
    WHEN 'deal_won' THEN EXISTS (
        SELECT FROM accounts_opportunity o WHERE o.account_id = w.account_id AND o.outcome = 'won'
          AND o.closed_at >= w.enrolled_at AND o.closed_at < w.ends_at)
    END"""  # noqa: S608  (our own constants)

_PASSED = f"""
WITH w AS MATERIALIZED (
    SELECT e.id, e.play_id, e.account_id, e.enrolled_at, e.held_out, v.contract->>'outcome' AS outcome,
      {ENDS_AT} AS ends_at
    FROM plays_enrollment e JOIN plays_playversion v ON v.id = e.version_id
    WHERE e.play_id = ANY(%(plays)s) AND {COUNTS} AND {ENDS_AT} <= %(now)s
)
"""  # noqa: S608  (our own constants)
_ARMS = f"""{_PASSED}
SELECT w.play_id, w.held_out, count(*), count(*) FILTER (WHERE {REACHED}) FROM w GROUP BY w.play_id, w.held_out
"""  # noqa: S608  (our own constants)
_EACH = f"{_PASSED} SELECT w.id, w.held_out, {REACHED} FROM w"  # noqa: S608  (our own constants)


def yields(play_ids: Collection[int], *, now: datetime) -> dict[int, Yield]:
    """Play -> its yield beside its holdout's, of windows that have passed; plays without one are left out.

    One statement over all plays asked for.
    """
    if not play_ids:
        return {}
    arms: dict[int, dict[bool, Arm]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ARMS, {"plays": list(play_ids), "now": now})
        for play, held_out, runs, hits in cursor.fetchall():
            arms.setdefault(play, {})[held_out] = Arm(runs, hits)
    return {pk: Yield(arm.get(False, Arm()), arm.get(True, Arm())) for pk, arm in arms.items()}


def windows_passed(play_ids: Collection[int], *, now: datetime) -> list[tuple[int, bool, bool]]:
    """What `yields` counts, one by one: (enrollment, whether it is of the holdout, whether it had the outcome)."""
    with connection.cursor() as cursor:
        cursor.execute(_EACH, {"plays": list(play_ids), "now": now})
        return [(pk, held_out, bool(reached)) for pk, held_out, reached in cursor.fetchall()]
