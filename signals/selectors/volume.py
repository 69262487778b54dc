"""How many signals came, by type, source or topic, day by day or week by week: read from the hourly counts.

A day or week is 24 hours or seven days that end with the current hour, so that the newest one is whole and compares
with those before it. One query each, whatever the number of signals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db import connection
from django.db.models import Max, Sum

from signals.domain.catalogue import topic_key
from signals.models import SignalVolume

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WEEKS = 13

By = Literal["type", "source"]
_COLUMN = {"type": "type_id", "source": "source_id"}


@dataclass(slots=True)
class Topic:
    """What was heard of one topic, however it was written: signals, the newest hour, from which sources."""

    key: str
    name: str
    signals: int = 0
    newest: datetime | None = None
    sources: set[int] = field(default_factory=set)


def end_of_hour(now: datetime) -> datetime:
    """The moment at which the hour of `now` is over."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR


def weekly(
    by: By, *, now: datetime, weeks: int = WEEKS, ids: Sequence[int] = ()
) -> dict[int, tuple[int, ...]]:
    """Signals a week, oldest first, of each type or source that had any; `ids` narrows to these."""
    return _series(by, step=WEEK, steps=weeks, now=now, ids=ids)


def daily(by: By, *, now: datetime, days: int, ids: Sequence[int] = ()) -> dict[int, tuple[int, ...]]:
    """Signals a day, oldest first, of each type or source that had any."""
    return _series(by, step=DAY, steps=days, now=now, ids=ids)


def totals(by: By, *, since: datetime, until: datetime) -> dict[int, int]:
    """Signals of each type or source in the hours of `[since, until)`."""
    name = _COLUMN[by]
    rows = SignalVolume.objects.filter(hour__gte=since, hour__lt=until).values_list(name)
    return dict(rows.annotate(n=Sum("signals")).order_by())


def newest(by: By, *, since: datetime) -> Mapping[int, datetime]:
    """The latest hour with a signal of each type or source, as far back as `since`."""
    rows = SignalVolume.objects.filter(hour__gte=since).values_list(_COLUMN[by])
    return dict(rows.annotate(at=Max("hour")).order_by())


def pairs(*, since: datetime) -> dict[tuple[int, int], int]:
    """Signals by (source, type) since then: who sends what."""
    rows = SignalVolume.objects.filter(hour__gte=since).values_list("source_id", "type_id")
    return {(source, type_): n for source, type_, n in rows.annotate(n=Sum("signals")).order_by()}


def topics(*, since: datetime) -> list[Topic]:
    """Every topic heard since then, those heard most first; ways of writing one topic are one."""
    rows = SignalVolume.objects.filter(hour__gte=since).exclude(topic="").values_list("topic", "source_id")
    found: dict[str, Topic] = {}
    for name, source, n, at in rows.annotate(n=Sum("signals"), at=Max("hour")).order_by("-n", "topic"):
        one = found.setdefault(topic_key(name), Topic(topic_key(name), name))
        one.signals += n
        one.newest = at if one.newest is None else max(one.newest, at)
        one.sources.add(source)
    return sorted(found.values(), key=lambda one: (-one.signals, one.key))


def hourly_of_sources(*, first: datetime, now: datetime) -> dict[int, dict[int, int]]:
    """Per source the signals of each hour since 1970 from `first` on; an hour without any is left out."""
    rows = SignalVolume.objects.filter(hour__gte=first, hour__lte=now).values_list("source_id", "hour")
    found: dict[int, dict[int, int]] = {}
    for source, hour, n in rows.annotate(n=Sum("signals")).order_by():
        found.setdefault(source, {})[int(hour.timestamp()) // 3600] = n
    return found


def _series(
    by: By, *, step: timedelta, steps: int, now: datetime, ids: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    end, column = end_of_hour(now), _COLUMN[by]
    only = f"AND {column} = ANY(%(ids)s)" if ids else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _SERIES.format(column=column, only=only),
            {"end": end, "start": end - steps * step, "step": step.total_seconds(), "ids": list(ids)},
        )
        found: dict[int, list[int]] = {}
        for pk, back, n in cursor.fetchall():
            found.setdefault(pk, [0] * steps)[steps - 1 - back] = n
    return {pk: tuple(counts) for pk, counts in found.items()}


_SERIES = """
SELECT {column}, floor(extract(epoch FROM %(end)s - hour - interval '1 hour') / %(step)s)::int AS back,
    sum(signals)::int
FROM signals_signalvolume WHERE hour >= %(start)s AND hour < %(end)s {only}
GROUP BY 1, 2
"""
