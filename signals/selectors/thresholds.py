"""Thresholds as people read them: sentences, versions, and how often they cross."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from signals.domain.condition import parse as parse_condition
from signals.domain.condition import threshold_sentence
from signals.models import Crossing, SignalType, Threshold, ThresholdVersion

WEEK = timedelta(days=7)
SHOWN_WEEKS = 13
_STATUS_ORDER = {"active": 0, "draft": 1, "paused": 2, "retired": 3}


@dataclass(frozen=True, slots=True)
class Written:
    """A threshold as the page reads it: its sentence, and how often it has crossed week by week."""

    threshold: Threshold
    sentence: str
    weeks: tuple[int, ...]
    crossings: int
    accounts: int


def written_thresholds(user: User, *, now: datetime) -> list[Written]:
    """Every threshold with its sentence and its crossings of the last 13 weeks. Three queries."""
    start = now - SHOWN_WEEKS * WEEK
    names = type_names()
    weeks: dict[int, list[int]] = {}
    accounts: dict[int, set[int]] = {}
    recent = Crossing.objects.filter(crossed_at__gte=start, crossed_at__lt=now)
    for threshold_id, account_id, moment in recent.values_list(
        "threshold_id", "account_id", "crossed_at"
    ).order_by():
        weeks.setdefault(threshold_id, [0] * SHOWN_WEEKS)[(moment - start) // WEEK] += 1
        accounts.setdefault(threshold_id, set()).add(account_id)
    found = Threshold.objects.visible_to(user).select_related("current", "owner")
    ordered = sorted(found, key=lambda one: (_STATUS_ORDER[one.status], one.name))
    none = [0] * SHOWN_WEEKS
    return [
        Written(
            threshold=one,
            sentence=sentence_of(one, names),
            weeks=tuple(weeks.get(one.pk, none)),
            crossings=sum(weeks.get(one.pk, none)),
            accounts=len(accounts.get(one.pk, ())),
        )
        for one in ordered
    ]


def sentence_of(threshold: Threshold, names: Mapping[str, str]) -> str:
    """What the current version says, in English; empty while nothing is written."""
    return sentence_of_version(threshold.current, names) if threshold.current else ""


def sentence_of_version(version: ThresholdVersion, names: Mapping[str, str]) -> str:
    """What one version says, in English."""
    return threshold_sentence(
        parse_condition(version.condition),
        tiers=tuple(version.tiers),
        urgency=version.urgency,
        rearm_days=version.rearm_days,
        names=names,
    )


def type_names() -> Mapping[str, str]:
    """The catalogue's names by slug, for sentences."""
    return dict(SignalType.objects.values_list("slug", "name"))
