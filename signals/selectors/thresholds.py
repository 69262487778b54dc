"""Thresholds as people read them: sentences, versions with what changed, and how often they cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from accounts.models import User
from signals.domain.condition import parse as parse_condition
from signals.domain.condition import threshold_sentence
from signals.domain.condition.difference import Saying, saying_changes
from signals.models import Crossing, SignalType, Threshold, ThresholdVersion

WEEK = timedelta(days=7)
SHOWN_WEEKS = 13
VERSIONS_SHOWN = 50
_STATUS_ORDER = {"active": 0, "draft": 1, "paused": 2, "retired": 3}
SORTS = ("status", "name", "-crossings", "-changed")


@dataclass(frozen=True, slots=True)
class Written:
    """A threshold as the page reads it: its sentence, and how often it has crossed week by week."""

    threshold: Threshold
    sentence: str
    weeks: tuple[int, ...]
    crossings: int
    accounts: int


def thresholds(user: User, *, q: str = "", statuses: Sequence[str] = ()) -> QuerySet[Threshold]:
    """Those whose name, reason or address holds the words, of these statuses; none named: all."""
    found = Threshold.objects.visible_to(user).select_related("current", "owner")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(rationale__icontains=q) | Q(slug__icontains=q))
    return found.filter(status__in=statuses) if statuses else found


def written_thresholds(
    user: User, *, now: datetime, q: str = "", statuses: Sequence[str] = (), sort: str = "status"
) -> list[Written]:
    """Thresholds with their sentences and their crossings of the last 13 weeks. Four queries."""
    found = list(thresholds(user, q=q, statuses=statuses))
    names = type_names()
    weeks, accounts = _volumes([one.pk for one in found], now)
    none = (0,) * SHOWN_WEEKS
    rows = [
        Written(
            threshold=one,
            sentence=sentence_of(one, names),
            weeks=weeks.get(one.pk, none),
            crossings=sum(weeks.get(one.pk, none)),
            accounts=accounts.get(one.pk, 0),
        )
        for one in found
    ]
    by_name = sorted(rows, key=lambda row: row.threshold.name.casefold())
    if sort == "-crossings":
        return sorted(by_name, key=lambda row: -row.crossings)
    if sort == "-changed":
        return sorted(by_name, key=_changed_at, reverse=True)
    return by_name if sort == "name" else sorted(by_name, key=lambda row: _STATUS_ORDER[row.threshold.status])


def written(threshold: Threshold, *, now: datetime, names: Mapping[str, str]) -> Written:
    """One threshold as the page reads it. Two queries."""
    weeks, accounts = _volumes([threshold.pk], now)
    shown = weeks.get(threshold.pk, (0,) * SHOWN_WEEKS)
    return Written(threshold, sentence_of(threshold, names), shown, sum(shown), accounts.get(threshold.pk, 0))


def _changed_at(row: Written) -> datetime:
    threshold = row.threshold
    return threshold.current.created_at if threshold.current else threshold.created_at


def _volumes(ids: Sequence[int], now: datetime) -> tuple[dict[int, tuple[int, ...]], dict[int, int]]:
    """Crossings week by week, oldest first, and on how many accounts; a week is seven days that end now."""
    start = now - SHOWN_WEEKS * WEEK
    recent = Crossing.objects.filter(threshold__in=ids, crossed_at__gte=start, crossed_at__lt=now)
    accounts = dict(recent.order_by().values_list("threshold_id").annotate(n=Count("account", distinct=True)))
    weeks: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WEEKS, {"ids": list(ids), "start": start, "end": now})
        for threshold_id, week, n in cursor.fetchall():
            weeks.setdefault(threshold_id, [0] * SHOWN_WEEKS)[week] = n
    return {pk: tuple(counts) for pk, counts in weeks.items()}, accounts


_WEEKS = """
SELECT threshold_id, floor(extract(epoch FROM crossed_at - %(start)s) / 604800)::int AS week, count(*)
FROM signals_crossing
WHERE threshold_id = ANY(%(ids)s) AND crossed_at >= %(start)s AND crossed_at < %(end)s
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class VersionTold:
    """A version with its sentence, what it changed against the one before, and what crossed under it."""

    version: ThresholdVersion
    sentence: str
    changes: tuple[str, ...]
    crossings: int
    accounts: int
    last_crossed_at: datetime | None
    is_current: bool


def versions_of(threshold: Threshold, *, names: Mapping[str, str]) -> list[VersionTold]:
    """The newest 50 versions, newest first. Two queries."""
    found = list(threshold.versions.select_related("created_by").order_by("-number")[: VERSIONS_SHOWN + 1])
    counted = {
        pk: (crossings, accounts, last)
        for pk, crossings, accounts, last in Crossing.objects.filter(version__in=found)
        .order_by()
        .values_list("version_id")
        .annotate(n=Count("id"), accounts=Count("account", distinct=True), last=Max("crossed_at"))
    }
    told = []
    for place, one in enumerate(found[:VERSIONS_SHOWN]):
        before = found[place + 1] if place + 1 < len(found) else None
        crossings, accounts, last = counted.get(one.pk, (0, 0, None))
        told.append(
            VersionTold(
                version=one,
                sentence=sentence_of_version(one, names),
                changes=saying_changes(saying_of(before), saying_of(one), names) if before else (),
                crossings=crossings,
                accounts=accounts,
                last_crossed_at=last,
                is_current=one.pk == threshold.current_id,
            )
        )
    return told


def saying_of(version: ThresholdVersion) -> Saying:
    """A version as it is compared with others."""
    return Saying(
        parse_condition(version.condition), tuple(version.tiers), version.urgency, version.rearm_days
    )


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
