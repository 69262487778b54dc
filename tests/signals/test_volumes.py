"""Hourly counts of signals equal what is stored, whenever and however often they are counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from abmops.lib.ids import uuid7
from signals.models import Signal, SignalType, SignalVolume
from signals.selectors import volume
from signals.services import definitions, volumes
from tests.signals import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def signal(site: make.Site, at: datetime, type_: str = "pricing-page", topic: str = "") -> Signal:
    """A stored signal received then."""
    kind = SignalType.objects.get(slug=type_)
    return Signal.objects.create(
        id=uuid7(at), source=site.source, type=kind, topic=topic, points=1, occurred_at=at, received_at=at,
        message_id=str(uuid7(at)),
    )  # fmt: skip


def rows() -> dict[tuple[datetime, str, str], int]:
    """What is counted."""
    found = SignalVolume.objects.values_list("hour", "type__slug", "topic", "signals")
    return {(hour, slug, topic): n for hour, slug, topic, n in found}


def test_signals_are_counted_by_the_utc_hour_in_which_they_were_received(site: make.Site) -> None:
    hour = NOW.replace(minute=0)
    for at in (hour, hour + timedelta(minutes=19, seconds=59), hour - timedelta(microseconds=1000)):
        signal(site, at)
    signal(site, hour, topic="CRM")
    volumes.recount(since=hour - HOUR, until=NOW)
    assert rows() == {
        (hour, "pricing-page", ""): 2,
        (hour, "pricing-page", "CRM"): 1,
        (hour - HOUR, "pricing-page", ""): 1,
    }


def test_counting_again_replaces_adds_and_removes_and_touches_no_other_hour(site: make.Site) -> None:
    hour = NOW.replace(minute=0)
    stays, goes = signal(site, hour), signal(site, hour - HOUR)
    old = signal(site, hour - 30 * HOUR)
    volumes.fill(since=hour - 48 * HOUR, until=NOW)
    assert volumes.recount(since=hour - HOUR, until=NOW) == 0  # the same again writes nothing
    Signal.objects.filter(pk__in=[goes.pk, old.pk]).delete()
    signal(site, hour)
    assert volumes.recount(since=hour - HOUR, until=NOW) == 2
    assert rows() == {(hour, "pricing-page", ""): 2, (hour - 30 * HOUR, "pricing-page", ""): 1}
    assert Signal.objects.filter(pk=stays.pk).exists()


def test_the_first_run_counts_13_weeks_and_later_ones_the_newest_hours(site: make.Site) -> None:
    for weeks in (0, 1, 5, 12, 14):
        signal(site, NOW - timedelta(weeks=weeks, minutes=5))
    volumes.refresh(now=NOW)
    assert sum(rows().values()) == 4
    signal(site, NOW - timedelta(minutes=1))
    signal(site, NOW - timedelta(days=3))
    volumes.refresh(now=NOW)
    assert sum(rows().values()) == 5
    volumes.refresh_yesterday(now=NOW)
    assert sum(rows().values()) == 5
    call_command("volumes", weeks=156)
    assert SignalVolume.objects.aggregate(n=Sum("signals"))["n"] == 7


def test_an_hour_counted_in_slices_is_the_same_hour(site: make.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for minute in range(7):
        signal(site, NOW - timedelta(minutes=minute), topic=f"topic {minute % 2}")
        signal(site, NOW - timedelta(hours=1, minutes=minute))
    volumes.refresh(now=NOW)
    whole = set(SignalVolume.objects.values_list("hour", "source", "type", "topic", "signals", "newest"))
    SignalVolume.objects.update(signals=1, newest=None)
    monkeypatch.setattr(volumes, "SLICE", 2)
    mark, marks = volumes.refresh_next(NOW, 0), 1
    assert not SignalVolume.objects.exclude(signals=1).exists(), "nobody sees an hour counted in part"
    while mark is not None:
        mark, marks = volumes.refresh_next(NOW, json.loads(json.dumps(mark))), marks + 1
    assert marks == 4 + 4 + 1
    assert (
        set(SignalVolume.objects.values_list("hour", "source", "type", "topic", "signals", "newest")) == whole
    )


def test_yesterday_is_counted_once_more(site: make.Site) -> None:
    signal(site, NOW)
    volumes.refresh(now=NOW)
    signal(site, NOW - timedelta(days=1))
    volumes.refresh(now=NOW)
    assert sum(rows().values()) == 1
    volumes.refresh_yesterday(now=NOW)
    assert sum(rows().values()) == 2


def test_signals_of_a_source_that_is_gone_are_not_counted(site: make.Site) -> None:
    signal(site, NOW)
    Signal.objects.update(source_id=999_999)
    assert volumes.recount(since=NOW, until=NOW + HOUR) == 0


def test_counting_is_one_statement_whatever_the_number_of_signals(site: make.Site) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            volumes.recount(since=NOW - HOUR, until=NOW)
        return len(captured)

    signal(site, NOW)
    few = queries()
    for minute in range(20):
        signal(site, NOW - timedelta(minutes=minute), topic=f"topic {minute}")
    assert queries() == few


def test_weeks_and_days_end_with_the_current_hour(site: make.Site) -> None:
    end = volume.end_of_hour(NOW)
    for at in (end - timedelta(minutes=1), end - timedelta(days=7), end - timedelta(days=7, minutes=1)):
        signal(site, at)
    signal(site, end - timedelta(days=8), "webinar")
    volumes.refresh(now=NOW)
    pricing = SignalType.objects.get(slug="pricing-page").pk
    webinar = SignalType.objects.get(slug="webinar").pk
    weekly = volume.weekly("type", now=NOW, weeks=2)
    assert weekly == {pricing: (1, 2), webinar: (1, 0)}
    assert volume.weekly("source", now=NOW, weeks=2) == {site.source.pk: (2, 2)}
    assert volume.weekly("type", now=NOW, weeks=2, ids=[webinar]) == {webinar: (1, 0)}
    assert volume.daily("type", now=NOW, days=8)[pricing] == (1, 1, 0, 0, 0, 0, 0, 1)
    assert volume.totals("type", since=end - timedelta(days=7), until=end) == {pricing: 2}
    assert volume.newest("type", since=end - timedelta(days=30))[pricing] == end - HOUR
    assert volume.pairs(since=end - timedelta(days=30))[site.source.pk, pricing] == 3


def test_ways_of_writing_a_topic_are_one(site: make.Site) -> None:
    for topic in ("Sales  Engagement", "sales engagement", "CRM"):
        signal(site, NOW, "topic-surge", topic)
    volumes.refresh(now=NOW)
    first, second = volume.topics(since=NOW - timedelta(days=1))
    assert (first.key, first.signals, first.sources) == ("sales engagement", 2, {site.source.pk})
    assert (second.name, second.signals) == ("CRM", 1)


def test_an_empty_table_answers_nothing(db: None) -> None:
    assert volume.weekly("type", now=NOW) == {}
    assert volume.topics(since=NOW) == []
    assert definitions.put_source(slug="x", fields={"name": "X", "kind": "crm"}).created
