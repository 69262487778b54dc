"""Plays measured over a window, for all of them in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from accounts.models import User
from plays.domain.measuring import Figures, RuleFigures, Standing, StepFigures
from plays.domain.rules import title_of
from plays.models import Enrollment, Play, PlayVersion, Review
from plays.selectors.yields import yields

WEEKS_SHOWN = 12
WEEK = timedelta(days=7)
ALONE = ("chosen", "held", "refused", "holdout")

_CONSIDERED = """
SELECT c->>'play', c->>'verdict', c->>'rule', count(*)
FROM plays_decision d CROSS JOIN LATERAL jsonb_array_elements(d.candidates) c
WHERE d.made_at >= %(since)s AND d.made_at < %(until)s AND c->>'play' = ANY(%(slugs)s)
GROUP BY 1, 2, 3
"""
_ENROLLED = """
SELECT e.play_id,
  count(*) FILTER (WHERE NOT e.held_out),
  count(*) FILTER (WHERE e.held_out),
  count(*) FILTER (WHERE NOT e.held_out AND EXISTS (
    SELECT FROM plays_steprun r WHERE r.enrollment_id = e.id AND r.position = 0 AND r.state = 'done')),
  count(*) FILTER (WHERE e.state = 'completed' AND NOT e.held_out),
  count(*) FILTER (WHERE e.state = 'exited' AND NOT e.held_out),
  count(*) FILTER (WHERE e.state = 'cancelled' AND NOT e.held_out),
  count(*) FILTER (WHERE e.finished_at IS NULL AND NOT e.held_out),
  count(*) FILTER (WHERE e.finished_at IS NOT NULL AND NOT e.held_out),
  count(*) FILTER (WHERE e.finished_at IS NOT NULL AND NOT e.held_out AND e.stalled_at IS NULL),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.enrolled_at - c.last_evidence_received_at))
    FILTER (WHERE NOT e.held_out AND c.last_evidence_received_at <= e.enrolled_at),
  percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM e.enrolled_at - c.last_evidence_received_at))
    FILTER (WHERE NOT e.held_out AND c.last_evidence_received_at <= e.enrolled_at)
FROM plays_enrollment e LEFT JOIN signals_crossing c ON c.id = e.crossing_id
WHERE e.play_id = ANY(%(plays)s) AND e.enrolled_at >= %(since)s AND e.enrolled_at < %(until)s
GROUP BY e.play_id
"""
_STEPS = """
SELECT e.play_id, r.key, min(r.position),
  count(*) FILTER (WHERE r.opened_at IS NOT NULL),
  count(*) FILTER (WHERE r.state = 'done'),
  count(*) FILTER (WHERE r.state = 'skipped'),
  count(*) FILTER (WHERE r.state = 'cancelled' AND r.opened_at IS NOT NULL),
  count(*) FILTER (WHERE r.state IN ('open', 'pending')),
  count(*) FILTER (WHERE t.breached_at IS NOT NULL),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.closed_at - r.opened_at))
    FILTER (WHERE r.state IN ('done', 'skipped') AND r.opened_at IS NOT NULL)
FROM plays_steprun r
JOIN plays_enrollment e ON e.id = r.enrollment_id LEFT JOIN plays_task t ON t.step_run_id = r.id
WHERE e.play_id = ANY(%(plays)s) AND e.enrolled_at >= %(since)s AND e.enrolled_at < %(until)s
GROUP BY e.play_id, r.key ORDER BY e.play_id, min(r.position), r.key
"""
TOUCHES = """
SELECT e.play_id, x.account_id, x.occurred_at AS at
FROM accounts_touch x JOIN plays_task t ON t.touch_id = x.id JOIN plays_enrollment e ON e.id = t.enrollment_id
WHERE e.play_id = ANY(%(plays)s) AND x.direction = 'outbound'
  AND x.occurred_at >= %(since)s AND x.occurred_at < %(until)s
UNION ALL
SELECT e.play_id, e.account_id, r.closed_at
FROM plays_steprun r JOIN plays_enrollment e ON e.id = r.enrollment_id
WHERE e.play_id = ANY(%(plays)s) AND r.state = 'done' AND r.closed_at >= %(since)s AND r.closed_at < %(until)s
  AND NOT EXISTS (SELECT FROM plays_task t WHERE t.step_run_id = r.id)
"""
"""What the plays did outwards: a person's step, by the touch it left, or a surface's, which has no task."""
_TOUCHED = f"SELECT t.play_id, count(DISTINCT t.account_id) FROM ({TOUCHES}) t GROUP BY t.play_id"  # noqa: S608
_TOUCHED_BY_ANY = f"SELECT count(DISTINCT t.account_id) FROM ({TOUCHES}) t"  # noqa: S608
_WEEKS = """
SELECT e.play_id, floor(extract(epoch FROM %(until)s - e.enrolled_at) / 604800)::int, count(*)
FROM plays_enrollment e
WHERE e.play_id = ANY(%(plays)s) AND NOT e.held_out AND e.enrolled_at >= %(weeks)s AND e.enrolled_at < %(until)s
GROUP BY 1, 2
"""


def figures(plays: Mapping[int, str], *, since: datetime, until: datetime) -> dict[int, Figures]:
    """Play id -> its figures over `[since, until)`; six statements. `plays`: id -> slug."""
    values = {
        "plays": list(plays),
        "slugs": list(plays.values()),
        "since": since,
        "until": until,
        "weeks": until - WEEKS_SHOWN * WEEK,
    }
    considered: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for slug, verdict, rule, n in rows_of(_CONSIDERED, values):
        considered[slug].append((verdict, rule, n))
    enrolled = {row[0]: row[1:] for row in rows_of(_ENROLLED, values)}
    steps: dict[int, list[StepFigures]] = defaultdict(list)
    for play, key, _, opened, done, skipped, cancelled, current, late, seconds in rows_of(_STEPS, values):
        hours = None if seconds is None else float(seconds) / 3600
        steps[play].append(StepFigures(key, opened, done, skipped, cancelled, current, late, hours))
    touched = dict(rows_of(_TOUCHED, values))
    weeks: dict[int, list[int]] = defaultdict(lambda: [0] * WEEKS_SHOWN)
    for play, ago, n in rows_of(_WEEKS, values):
        weeks[play][WEEKS_SHOWN - 1 - min(ago, WEEKS_SHOWN - 1)] += n
    told = yields(list(plays), now=until)
    return {
        pk: _figures(
            considered.get(slug, []),
            enrolled.get(pk, (0,) * 9 + (None, None)),
            steps=tuple(steps.get(pk, ())),
            touched=touched.get(pk, 0),
            weeks=tuple(weeks[pk]),
            yielded=told.get(pk),
        )
        for pk, slug in plays.items()
    }


def _figures(
    considered: list[tuple[str, str, int]], row: tuple[Any, ...], *, touched: int, **rest: Any
) -> Figures:
    enrolled, held_out, first, completed, exited, cancelled, live, finished, unstalled, middle, high = row
    by_verdict = {verdict: sum(n for told, _, n in considered if told == verdict) for verdict in ALONE}
    return Figures(
        considered=sum(n for _, _, n in considered),
        chosen=by_verdict["chosen"],
        held=by_verdict["held"],
        refused=by_verdict["refused"],
        held_out=held_out,
        enrolled=enrolled,
        first_done=first,
        completed=completed,
        exited=exited,
        cancelled=cancelled,
        live=live,
        finished=finished,
        finished_unstalled=unstalled,
        accounts_touched=touched,
        to_enrollment_median=None if middle is None else float(middle),
        to_enrollment_p95=None if high is None else float(high),
        rules=tuple(
            RuleFigures(rule, title_of(rule), verdict, n)
            for verdict, rule, n in sorted(considered, key=lambda one: (-one[2], one[1]))
            if verdict in ("held", "refused")
        ),
        **rest,
    )


def accounts_touched(play_ids: Collection[int], *, since: datetime, until: datetime) -> int:
    """How many accounts any of these plays touched; one that two of them did counts once."""
    values = {"plays": list(play_ids), "since": since, "until": until}
    return int(rows_of(_TOUCHED_BY_ANY, values)[0][0])


def rows_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement with named parameters."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Measured:
    """A play with its figures, as the page shows it."""

    play: Play
    figures: Figures
    standing: Standing


def measured(
    user: User, *, since: datetime, until: datetime, only: Collection[int] | None = None
) -> list[Measured]:
    """Every play that has ever been active, with its figures; ten statements however many plays there are."""
    rows = Play.objects.visible_to(user).filter(current__isnull=False).exclude(status=Play.Status.DRAFT)
    if only is not None:
        rows = Play.objects.visible_to(user).filter(pk__in=only)
    plays = list(rows.select_related("current", "owner").order_by("name"))
    ids = {play.pk: play.slug for play in plays}
    found = figures(ids, since=since, until=until)
    active = dict(
        PlayVersion.objects.filter(play__in=ids).values_list("play").annotate(Min("activated_at")).order_by()
    )
    last = dict(
        Enrollment.objects.filter(play__in=ids, held_out=False)
        .values_list("play")
        .annotate(Max("enrolled_at"))
        .order_by()
    )
    kept = dict(
        Review.objects.filter(play__in=ids, verdict=Review.Verdict.KEEP)
        .values_list("play")
        .annotate(Max("until"))
        .order_by()
    )
    return [
        Measured(
            play=play,
            figures=found[play.pk],
            standing=Standing(
                play_id=play.pk,
                name=play.name,
                outcome=str((play.current.contract if play.current else {}).get("outcome", "")),
                is_active=play.status == Play.Status.ACTIVE,
                active_since=active.get(play.pk),
                last_enrolled=last.get(play.pk),
                figures=found[play.pk],
                kept_until=kept.get(play.pk),
            ),
        )
        for play in plays
    ]
