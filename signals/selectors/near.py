"""Accounts that are one condition away from a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from signals.domain.condition import Progress, View
from signals.domain.state import RollingState
from signals.models import AccountState, Threshold
from signals.selectors.engine import Book

# A threshold is near when what it lacks is at least half there.
HALFWAY = 0.5


@dataclass(frozen=True, slots=True)
class Near:
    """A threshold that one more fact would cross: the facts it still lacks."""

    threshold: Threshold
    lacking: tuple[Progress, ...]


def near(account: Account, written: Book, *, now: datetime, names: Mapping[str, str]) -> list[Near]:
    """The live thresholds one fact away, those that lack least first. Two queries."""
    stored = AccountState.objects.filter(account=account).values_list("state", flat=True).first()
    state = RollingState.load(bytes(stored or b""))
    at = state.settled(now.timestamp())
    view = View(state, written.catalogue, fit=account.fit, scoring=written.scoring)
    open_ones = [
        live
        for live in written.thresholds
        if live.applies_to(account.tier) and live.condition.steps_away(view, at) == 1
    ]
    thresholds = Threshold.objects.in_bulk([live.threshold_id for live in open_ones])
    found = []
    for live in open_ones:
        lacking = tuple(
            step
            for step in live.condition.progress(view, at, names)
            if not step.is_met and step.need and step.have >= HALFWAY * step.need
        )
        if lacking and live.threshold_id in thresholds:
            found.append(Near(thresholds[live.threshold_id], lacking))
    return sorted(found, key=lambda one: -max(step.have / step.need for step in one.lacking))
