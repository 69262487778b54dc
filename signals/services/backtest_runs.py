"""Backtests that people ask for: small ones at once, large ones as work; the answer is kept for an hour under a key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache

from abmops.lib.errors import Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain import condition
from signals.models import Threshold
from signals.services.backtest import Backtest, Difference, Rule, backtests, difference, expected_signals

KIND = "backtest"
KEPT_SECONDS = 3_600
AT_ONCE = 600_000
"""Signals that are read while somebody waits: well under the five seconds that the web lets a query take."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer: what was tried, and what is in force over the same window, where there is such a thing.

    `refused`: why there is no answer.
    """

    slug: str
    name: str
    draft: Backtest | None
    live: Backtest | None
    version: int | None
    refused: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether what was tried is not what is in force."""
        return (
            self.draft is not None
            and self.live is not None
            and _said(self.draft.rule) != _said(self.live.rule)
        )

    @property
    def difference(self) -> Difference | None:
        """Whom the change wins and loses."""
        return difference(self.draft, self.live) if self.draft and self.live else None


def try_now(
    *, threshold: Threshold | None, rule: Rule, since: datetime, until: datetime, now: datetime
) -> Tried:
    """What was tried, and the version in force, over one window."""
    live = _in_force(threshold)
    same = live is not None and _said(live) == _said(rule)
    rules = [rule] if live is None or same else [rule, live]
    found = backtests(rules=rules, since=since, until=until, now=now)
    version = threshold.current.number if threshold and threshold.current else None
    return Tried(
        threshold.slug if threshold else "",
        threshold.name if threshold else "",
        found[0],
        found[-1] if live is not None else None,
        version,
    )


def start(
    *, threshold: Threshold | None, rule: Rule, since: datetime, until: datetime, now: datetime
) -> tuple[str, Tried | None]:
    """The key of the answer, and the answer itself unless it is so large that it is worked out behind the scenes."""
    key = secrets.token_urlsafe(12)
    if size(threshold=threshold, rule=rule, since=since, until=until) <= AT_ONCE:
        tried = try_now(threshold=threshold, rule=rule, since=since, until=until, now=now)
        cache.set(_name(key), tried, KEPT_SECONDS)
        return key, tried
    payload = {
        "key": key,
        "threshold": threshold.pk if threshold else None,
        "condition": rule.condition.to_json(),
        "tiers": list(rule.tiers),
        "rearm_days": rule.rearm_days,
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    work.put(kind=KIND, dedup_key=f"{KIND}:{key}", payload=payload)
    return key, None


def size(*, threshold: Threshold | None, rule: Rule, since: datetime, until: datetime) -> int:
    """About how many signals have to be read for it."""
    live = _in_force(threshold)
    return expected_signals(rules=[rule] if live is None else [rule, live], since=since, until=until)


def answer(key: str) -> Tried | None:
    """What was found; None where it is not there, or not there yet."""
    kept: Tried | None = cache.get(_name(key))
    return kept


def is_awaited(key: str) -> bool:
    """Whether it is still being worked out."""
    return WorkItem.objects.filter(dedup_key=f"{KIND}:{key}", state__in=("ready", "leased")).exists()


def run(items: Sequence[WorkItem], now: datetime) -> None:
    """Work out what was asked for."""
    for item in items:
        asked: Mapping[str, Any] = item.payload
        threshold = Threshold.objects.select_related("current").filter(pk=asked["threshold"]).first()
        rule = Rule(condition.parse(asked["condition"]), tuple(asked["tiers"]), asked["rearm_days"])
        since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        try:
            tried = try_now(threshold=threshold, rule=rule, since=since, until=until, now=now)
        except Refused as error:
            tried = Tried("", "", None, None, None, refused=error.message)
        cache.set(_name(asked["key"]), tried, KEPT_SECONDS)


def _in_force(threshold: Threshold | None) -> Rule | None:
    version = threshold.current if threshold else None
    if version is None:
        return None
    return Rule(condition.parse(version.condition), tuple(sorted(version.tiers)), version.rearm_days)


def _said(rule: Rule) -> tuple[object, ...]:
    return rule.condition, rule.tiers, float(rule.rearm_days)


def _name(key: str) -> str:
    return f"signals:backtest:{key}"
