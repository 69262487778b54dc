"""The crossings of [T - 90 d, T) on accounts of L(T): who answered, how fast, and whether a play started."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from scoreboard.domain import catalogue
from scoreboard.domain.figures import (
    Case,
    Figure,
    Scope,
    counted_median,
    counted_p95,
    share,
    tiered,
    waiting,
)
from scoreboard.domain.sla import in_time, still_in_time
from scoreboard.domain.survival import Step, Wait, curve
from scoreboard.selectors.sql import LISTED, parameters, rows

URGENCIES = ("urgent", "hot", "normal")
_HOUR = timedelta(hours=1)

_STATEMENT = f"""
WITH {LISTED}
SELECT c.account_id, l.tier, c.urgency, c.crossed_at, answer.at, c.last_evidence_received_at, play.at
FROM signals_crossing c JOIN listed l USING (account_id)
LEFT JOIN LATERAL (
    SELECT t.occurred_at AS at FROM accounts_touch t
    WHERE t.account_id = c.account_id AND t.side = 'sales' AND t.direction = 'outbound'
      AND t.occurred_at >= c.crossed_at AND t.occurred_at < %(at)s
    ORDER BY t.occurred_at LIMIT 1
) answer ON true
LEFT JOIN (
    SELECT e.crossing_id, min(e.enrolled_at) AS at FROM plays_enrollment e
    WHERE e.crossing_id IS NOT NULL AND e.state <> 'holdout' AND e.enrolled_at < %(at)s
      AND e.enrolled_at >= %(quarter)s
    GROUP BY e.crossing_id
) play ON play.crossing_id = c.id
WHERE c.crossed_at >= %(quarter)s AND c.crossed_at < %(at)s
"""  # noqa: S608  (our own constants)


class Row:
    """A crossing of the window: when it came, when sales first acted, when a play started."""

    __slots__ = ("account", "answered", "crossed", "enrolled", "heard", "tier", "urgency")

    def __init__(
        self,
        account: int,
        tier: int,
        urgency: str,
        crossed: datetime,
        answered: datetime | None,
        heard: datetime | None,
        enrolled: datetime | None,
    ) -> None:
        self.account, self.tier, self.urgency = account, tier, urgency
        self.crossed, self.answered, self.heard, self.enrolled = crossed, answered, heard, enrolled


def crossings(at: datetime, scope: Scope) -> list[Row]:
    """One row a crossing."""
    return [Row(*row) for row in rows(_STATEMENT, parameters(at, scope))]


def _lag(row: Row, at: datetime) -> Case:
    """Hours to the answer, or to T while it still waits."""
    end = row.answered or at
    hours = (end - row.crossed) / _HOUR
    return Case(row.account, row.tier, row.answered is not None, hours, row.crossed, urgency=row.urgency)


def _within(row: Row, at: datetime) -> Case:
    return Case(
        row.account,
        row.tier,
        in_time(row.urgency, row.crossed, row.answered),
        ((row.answered or at) - row.crossed) / _HOUR,
        row.crossed,
        urgency=row.urgency,
    )


def _start(row: Row, at: datetime) -> Case:
    """Seconds from our receiving the last evidence to the enrollment."""
    del at
    if row.enrolled is None or row.heard is None:
        return Case(row.account, row.tier, counted=False, at=row.crossed, urgency=row.urgency)
    seconds = (row.enrolled - row.heard).total_seconds()
    return Case(row.account, row.tier, True, seconds, row.crossed, urgency=row.urgency)


_SHAPES: dict[str, Callable[[Row, datetime], Case]] = {
    catalogue.LAG: _lag,
    "signal_to_action_answered_median_hours": _lag,
    "answered_within_sla": _within,
    "signal_to_enrollment_median_seconds": _start,
    "signal_to_enrollment_p95_seconds": _start,
}
_MEASURES: dict[str, Callable[[Sequence[Case]], Figure]] = {
    catalogue.LAG: waiting,
    "signal_to_action_answered_median_hours": counted_median,
    "answered_within_sla": share,
    "signal_to_enrollment_median_seconds": counted_median,
    "signal_to_enrollment_p95_seconds": counted_p95,
}
KEYS = tuple(_SHAPES)


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """The lag and its neighbours; the first three also by urgency, in the note `by_urgency`; the note
    `curves` draws the lag.
    """
    found = crossings(at, scope)
    answers = {}
    for key, measure in _MEASURES.items():
        shaped = [_SHAPES[key](row, at) for row in found]
        answers[key] = tiered(measure, shaped)
        if not key.startswith("signal_to_enrollment"):
            answers[key] = answers[key].noting(by_urgency=_by_urgency(measure, shaped))
        if key == catalogue.LAG:
            answers[key] = answers[key].noting(curves={each: _curve(shaped, each) for each in URGENCIES})
    open_ones = sum(still_in_time(row.urgency, row.crossed, row.answered, at) for row in found)
    answers["answered_within_sla"] = answers["answered_within_sla"].noting(still_in_time=open_ones)
    return answers


def _by_urgency(measure: Callable[[Sequence[Case]], Figure], shaped: Sequence[Case]) -> dict[str, Figure]:
    return {
        urgency: tiered(measure, [case for case in shaped if case.urgency == urgency])
        for urgency in URGENCIES
    }


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """One number's crossings."""
    return [_SHAPES[key](row, at) for row in crossings(at, scope)]


def _curve(shaped: Sequence[Case], urgency: str) -> list[Step]:
    """How many crossings of an urgency still wait after so many hours."""
    waits = [(case.value, case.counted) for case in shaped if case.urgency == urgency]
    return curve(Wait(float(length), ended) for length, ended in waits if length is not None)
