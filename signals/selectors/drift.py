"""Which thresholds fire at another rate than they used to: two statements over all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Min

from signals.domain.drift import LEVEL, Change, Span, Windows, compare, holm, windows
from signals.models import Crossing, Threshold, ThresholdMove

STOPPED = (Threshold.Status.PAUSED, Threshold.Status.RETIRED)


@dataclass(frozen=True, slots=True)
class Drift:
    """One active threshold's rate. `change` is None while its version is too new to say anything.

    `p_of_all` is p raised for all the thresholds that were looked at beside it.
    """

    threshold: Threshold
    begun: datetime
    windows: Windows | None = None
    change: Change | None = None
    p_of_all: float | None = None

    @property
    def has_drifted(self) -> bool:
        """Whether the rate differs by more than half, and not by chance."""
        return (
            self.change is not None
            and self.change.is_large
            and self.p_of_all is not None
            and self.p_of_all < LEVEL
        )


@dataclass(frozen=True, slots=True)
class Drifts:
    """Every active threshold, and how many of them could be tested."""

    lines: tuple[Drift, ...]
    tested: int

    @property
    def by_threshold(self) -> Mapping[int, Drift]:
        """By the threshold's id."""
        return {line.threshold.pk: line for line in self.lines}


def drifts(*, now: datetime) -> Drifts:
    """The last 4 weeks of every active threshold against the 12 before, per 100 accounts of its tiers on the list.

    A crossing counts where its account was on the list then, in a tier that the threshold is for. A new version starts
    a baseline of its own, and so does a threshold that was paused.
    """
    active = list(
        Threshold.objects.filter(status=Threshold.Status.ACTIVE, current__isnull=False)
        .select_related("current", "owner")
        .order_by("name", "pk")
    )
    begun = _begun(active)
    asked = {one.pk: found for one in active if (found := windows(begun[one.pk], now=now)) is not None}
    spans = _spans([(one, asked[one.pk]) for one in active if one.pk in asked])
    changes = {pk: compare(recent, baseline) for pk, (recent, baseline) in spans.items()}
    tested = [pk for pk, change in changes.items() if change.p is not None]
    raised = dict(zip(tested, holm([changes[pk].p or 0.0 for pk in tested]), strict=True))
    return Drifts(
        tuple(
            Drift(one, begun[one.pk], asked.get(one.pk), changes.get(one.pk), raised.get(one.pk))
            for one in active
        ),
        tested=len(tested),
    )


def _begun(active: Sequence[Threshold]) -> dict[int, datetime]:
    """Since when each version has been in force: its first crossing where that is older than its row, or a pause."""
    firsts = dict(
        Crossing.objects.filter(version__in=[one.current_id for one in active])
        .values_list("version_id")
        .annotate(first=Min("crossed_at"))
        .order_by()
    )
    resumed: dict[int, datetime] = dict(
        ThresholdMove.objects.filter(threshold__in=active, before__in=STOPPED, after=Threshold.Status.ACTIVE)
        .order_by("at")
        .values_list("threshold_id", "at")
    )
    begun = {}
    for one in active:
        assert one.current is not None
        made = min(one.current.created_at, firsts.get(one.current.pk, one.current.created_at))
        begun[one.pk] = max(made, resumed.get(one.pk, made))
    return begun


def _spans(asked: Iterable[tuple[Threshold, Windows]]) -> dict[int, tuple[Span, Span]]:
    """Threshold -> crossings and list-account-weeks of its recent span and of its baseline."""
    rows: list[dict[str, Any]] = [
        {
            "threshold": one.pk,
            "version": one.current_id,
            "tiers": list(one.current.tiers) if one.current and one.current.tiers else [1, 2, 3],
            "since": found.since.isoformat(),
            "split": found.split.isoformat(),
            "until": found.until.isoformat(),
        }
        for one, found in asked
    ]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EXPOSURE, [json.dumps(rows)])
        exposed = {pk: (float(recent), float(baseline)) for pk, recent, baseline in cursor.fetchall()}
        cursor.execute(_CROSSINGS, [json.dumps(rows)])
        crossed = {pk: (int(recent), int(baseline)) for pk, recent, baseline in cursor.fetchall()}
    found = {}
    for row in rows:
        exposure, count = exposed.get(row["threshold"], (0.0, 0.0)), crossed.get(row["threshold"], (0, 0))
        found[row["threshold"]] = (Span(count[0], exposure[0]), Span(count[1], exposure[1]))
    return found


_ASKED = """
WITH asked AS (
    SELECT a.*, ARRAY(SELECT jsonb_array_elements_text(a.tiers)::int) AS ours
    FROM jsonb_to_recordset(%s::jsonb) AS a(threshold bigint, version bigint, tiers jsonb,
        since timestamptz, split timestamptz, until timestamptz)
)
"""
_EXPOSURE = f"""{_ASKED}
SELECT a.threshold,
    sum(GREATEST(0, EXTRACT(EPOCH FROM LEAST(m.valid_to, a.until) - GREATEST(m.valid_from, a.split)))) / 604800,
    sum(GREATEST(0, EXTRACT(EPOCH FROM LEAST(m.valid_to, a.split) - GREATEST(m.valid_from, a.since)))) / 604800
FROM asked a JOIN accounts_listmembership m ON m.tier = ANY(a.ours)
    AND m.valid_from < a.until AND (m.valid_to IS NULL OR m.valid_to > a.since)
GROUP BY a.threshold
"""  # noqa: S608
_CROSSINGS = f"""{_ASKED}
SELECT a.threshold, count(*) FILTER (WHERE c.crossed_at >= a.split), count(*) FILTER (WHERE c.crossed_at < a.split)
FROM asked a JOIN signals_crossing c ON c.threshold_id = a.threshold AND c.version_id = a.version
    AND c.crossed_at >= a.since AND c.crossed_at < a.until
JOIN accounts_listmembership m ON m.account_id = c.account_id AND m.tier = ANY(a.ours)
    AND m.valid_from <= c.crossed_at AND (m.valid_to IS NULL OR m.valid_to > c.crossed_at)
GROUP BY a.threshold
"""  # noqa: S608
