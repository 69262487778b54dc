"""Sources that fall silent or flood: seen within the hour, told once to whoever owns them, settled when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse

from abmops.lib import notices
from abmops.work.models import State, WorkItem
from signals.domain.anomaly import Anomaly, judged
from signals.domain.series import HOUR, WEEKS, Series
from signals.models import SignalVolume, Source, SourceAlert
from signals.selectors import volume
from signals.selectors.catalogue import alert_words
from signals.selectors.holidays import holiday_hours
from signals.selectors.keepers import keepers
from signals.services import ingest

HISTORY = timedelta(weeks=WEEKS + 2)
NEWEST_WITHIN = timedelta(hours=5)
"""How far back the moment of a source's newest signal is looked up; older silences are found by whole hours."""

OUR_DELAY = timedelta(minutes=2)
"""A source whose events have waited longer than this in our own inbox has not fallen silent: we are behind."""


@dataclass(frozen=True, slots=True)
class Watched:
    """How many sources were judged, how many alerts began and how many ended."""

    sources: int = 0
    began: int = 0
    ended: int = 0


@transaction.atomic
def watch(*, now: datetime) -> Watched:
    """Judge every open source by its own past weeks, when the newest hours have been counted (`services.volumes`).

    Running twice changes nothing: an alert is open once a kind.
    """
    sources = list(Source.objects.select_related("owner").order_by("id"))
    alerts = _recent_alerts(now)
    counts = volume.hourly_of_sources(first=now - HISTORY, now=now)
    newest, behind = _newest(now), _behind(now)
    holidays = holiday_hours(first=now - HISTORY, last=now + timedelta(days=1))
    began: list[SourceAlert] = []
    over: list[SourceAlert] = []
    judged_ones = 0
    for source in sources:
        own = alerts.get(source.pk, [])
        found: dict[str, Anomaly] = {}
        if source.is_active and source.pk in counts:
            judged_ones += 1
            found = _found(counts[source.pk], own, newest.get(source.pk), holidays, now)
        if source.pk in behind:
            found.pop(SourceAlert.Kind.SILENT, None)
        running = {alert.kind: alert for alert in own if alert.ended_at is None}
        began += [_alert(source, one, now) for kind, one in found.items() if kind not in running]
        over += [
            alert
            for kind, alert in running.items()
            if not source.is_active or (kind not in found and _is_over(alert, newest.get(source.pk)))
        ]
    opened = _open(began)
    _tell(opened, now)
    _end(over, now)
    return Watched(judged_ones, len(opened), len(over))


def _recent_alerts(now: datetime) -> dict[int, list[SourceAlert]]:
    rows = SourceAlert.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=now - HISTORY))
    found: dict[int, list[SourceAlert]] = {}
    for row in rows.select_for_update().order_by("id"):
        found.setdefault(row.source_id, []).append(row)
    return found


def _found(
    counts: Mapping[int, int],
    alerts: Iterable[SourceAlert],
    newest: datetime | None,
    holidays: frozenset[int],
    now: datetime,
) -> dict[str, Anomaly]:
    at = now.timestamp()
    series = Series(counts, now=at, left_out=_hours(alerts, now), holidays=holidays)
    last = newest.timestamp() if newest else None
    return {one.kind: one for one in judged(series, last=last, now=at)}


def _hours(alerts: Iterable[SourceAlert], now: datetime) -> set[int]:
    """The hours of known silences and floods: nothing is learnt from them."""
    found: set[int] = set()
    for alert in alerts:
        first = int(alert.began_at.timestamp() // HOUR)
        found.update(range(first, int((alert.ended_at or now).timestamp() // HOUR) + 1))
    return found


def _is_over(alert: SourceAlert, newest: datetime | None) -> bool:
    """A silence ends with a signal, however used to it the weeks have become; a flood when it is one no more."""
    return alert.kind == SourceAlert.Kind.FLOOD or (newest is not None and newest > alert.noticed_at)


def _newest(now: datetime) -> dict[int, datetime]:
    """When each source was heard last, of those heard in the last hours."""
    heard = SignalVolume.objects.filter(hour__gte=now - NEWEST_WITHIN, newest__isnull=False).order_by()
    return dict(heard.values_list("source").annotate(Max("newest")))


def _behind(now: datetime) -> set[int]:
    """Sources whose events wait in our inbox."""
    waiting = WorkItem.objects.filter(
        kind=ingest.KIND, lane="ingest", state__in=[State.READY, State.LEASED], run_at__lt=now - OUR_DELAY
    )
    return {pk for pk in waiting.values_list("subject_id", flat=True).distinct() if pk is not None}


def _alert(source: Source, one: Anomaly, now: datetime) -> SourceAlert:
    return SourceAlert(
        source=source,
        kind=one.kind,
        began_at=datetime.fromtimestamp(one.began, tz=UTC),
        noticed_at=now,
        expected=one.expected,
        seen=one.seen,
        p=one.p,
    )


def _open(alerts: Sequence[SourceAlert]) -> list[SourceAlert]:
    """Write those of which none is open; gives back the ones written."""
    if not alerts:
        return []
    SourceAlert.objects.bulk_create(alerts, ignore_conflicts=True)
    wanted = Q()
    for alert in alerts:
        wanted |= Q(source=alert.source, kind=alert.kind, noticed_at=alert.noticed_at)
    rows = SourceAlert.objects.filter(wanted, ended_at__isnull=True)
    return list(rows.select_related("source", "source__owner").order_by("id"))


def _tell(alerts: Sequence[SourceAlert], now: datetime) -> None:
    revops = keepers(None) if alerts else []
    for alert in alerts:
        notices.tell(
            keepers(alert.source.owner, revops=revops),
            kind=_kind(alert),
            subject=f"source-alert:{alert.pk}",
            text=f"{alert.source.name}: {alert_words(alert)}",
            url=reverse("signals:source", args=[alert.source.slug]),
            now=now,
        )


def _end(alerts: Sequence[SourceAlert], now: datetime) -> None:
    SourceAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(ended_at=now)
    for alert in alerts:
        notices.settle(kind=_kind(alert), subject=f"source-alert:{alert.pk}", now=now)


def _kind(alert: SourceAlert) -> str:
    return f"source_{alert.kind}"
