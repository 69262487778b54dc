"""Noticing that a threshold fires at another rate, once an episode, and telling its owner."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from abmops.lib import notices
from accounts.services.locking import take_turn
from signals.models import ThresholdDrift
from signals.selectors.drift import Drift, drifts
from signals.selectors.keepers import keepers

KIND = "threshold-drift"


@transaction.atomic
def notice_drifts(*, now: datetime) -> int:
    """Open an episode for each threshold that has drifted, end those that fire as usual again; how many are new.

    Its owner is told once an episode; RevOps where it has none. A threshold that turns from more to fewer begins anew.
    """
    take_turn("threshold drift")
    found = drifts(now=now)
    open_ones = {row.threshold_id: row for row in ThresholdDrift.objects.filter(ended_at=None)}
    drifted = {line.threshold.pk: line for line in found.lines if line.has_drifted}
    for threshold_id, row in open_ones.items():
        line = drifted.get(threshold_id)
        if line is not None and line.change is not None and line.change.direction == row.direction:
            del drifted[threshold_id]
            continue
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        notices.settle(kind=KIND, subject=f"{KIND}:{row.pk}", now=now)
    for line in drifted.values():
        _open(line, found.tested, now)
    return len(drifted)


def _open(line: Drift, tested: int, now: datetime) -> None:
    change, version = line.change, line.threshold.current
    assert change is not None
    assert version is not None
    row = ThresholdDrift.objects.create(
        threshold=line.threshold,
        version=version,
        direction=change.direction,
        noticed_at=now,
        recent_crossings=change.recent.crossings,
        recent_exposure=change.recent.exposure,
        baseline_crossings=change.baseline.crossings,
        baseline_exposure=change.baseline.exposure,
        p=change.p if change.p is not None else 1.0,
        p_of_all=line.p_of_all if line.p_of_all is not None else 1.0,
        tested=tested,
    )
    notices.tell(
        keepers(line.threshold.owner),
        kind=KIND,
        subject=f"{KIND}:{row.pk}",
        text=f"“{line.threshold.name}” crosses {told(line)}.",
        url=f"{reverse('signals:thresholds')}#{line.threshold.slug}",
        now=now,
    )


def told(line: Drift) -> str:
    """`1.9 times as often as before: 4.1 crossings a week per 100 accounts, then 2.2`."""
    change = line.change
    if change is None or change.recent.rate is None or change.baseline.rate is None:
        return "at a rate that cannot be told yet"
    rates = f"{change.recent.rate:.2g} a week per 100 accounts in the last 4 weeks, {change.baseline.rate:.2g} before"
    if change.ratio is None:
        return f"for the first time: {rates}"
    if not change.ratio:
        return f"no more: {rates}"
    return f"{change.ratio:.2g} times as often as before: {rates}"
