"""The tick: lost items come back, each slot starts once, lanes with something due are told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from abmops.work import jobs, schedule
from abmops.work import services as work
from abmops.work.domain.slots import slot_of
from abmops.work.models import PeriodicRun, Worker, WorkItem
from abmops.work.services import ticking
from tests.work.conftest import MakeKind, Record

NOW = datetime(2026, 11, 18, 10, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ran(nothing_periodic: None) -> Iterator[list[datetime]]:
    """The moments at which the hourly work `test.hourly` ran; nothing else is periodic meanwhile."""
    moments: list[datetime] = []
    schedule.register("test.hourly", every=HOUR, handler=moments.append, grace=timedelta(minutes=10))
    yield moments
    schedule.unregister("test.hourly")


DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.mark.parametrize(
    ("now", "every", "offset", "slot"),
    [
        pytest.param("2026-11-18T10:59:59Z", HOUR, 0 * HOUR, "2026-11-18T10:00Z", id="an hour"),
        pytest.param("2026-11-18T11:00Z", HOUR, 0 * HOUR, "2026-11-18T11:00Z", id="half-open"),
        pytest.param("2026-11-18T01:00Z", DAY, 2 * HOUR, "2026-11-17T02:00Z", id="nightly at two"),
        pytest.param("2026-11-18T01:00Z", WEEK, 0 * HOUR, "2026-11-16T00:00Z", id="weeks start on Monday"),
        pytest.param("1999-12-31T00:00Z", WEEK, 0 * HOUR, "1999-12-27T00:00Z", id="before the epoch"),
    ],
)
def test_every_moment_has_one_slot(now: str, every: timedelta, offset: timedelta, slot: str) -> None:
    found = slot_of(datetime.fromisoformat(now), every=every, offset=offset)
    assert found == datetime.fromisoformat(slot)


@pytest.mark.django_db
def test_a_slot_runs_once_however_often_it_is_ticked(ran: list[datetime]) -> None:
    for second in range(5):
        work.put_slots(now=NOW + timedelta(seconds=second))
    assert work.drain_all(NOW + HOUR) == 1
    assert work.put_slots(now=NOW + timedelta(minutes=5)) == 0, "not again after it is done"
    assert work.put_slots(now=NOW + HOUR) == 1
    work.drain_all(NOW + HOUR)
    assert ran == [NOW + HOUR, NOW + HOUR]


@pytest.mark.django_db
def test_a_slot_missed_for_too_long_is_skipped(ran: list[datetime]) -> None:
    assert work.put_slots(now=NOW + timedelta(minutes=10)) == 0
    assert work.put_slots(now=NOW + timedelta(minutes=9)) == 1


@pytest.mark.django_db(transaction=True)
def test_five_tickers_at_once_start_a_slot_once(ran: list[datetime]) -> None:
    barrier = threading.Barrier(5)
    counts: list[int] = []

    def ticker() -> None:
        barrier.wait()
        counts.append(work.put_slots(now=NOW))
        connection.close()

    threads = [threading.Thread(target=ticker) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 0, 1]
    assert PeriodicRun.objects.count() == WorkItem.objects.count() == 1


@pytest.mark.django_db
def test_due_lanes_are_nudged_and_late_ones_reported(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def tell(lane: str) -> bool:
        told.append(lane)
        return True

    monkeypatch.setattr(ticking, "nudge", tell)
    monkeypatch.setattr(schedule, "all_periodic", list)
    now = work.database_now()
    work.put(kind="t", dedup_key="k", run_at=now - timedelta(seconds=1))
    work.put(kind="unknown", dedup_key="u", run_at=now - timedelta(days=1), lane="bulk")
    assert work.tick(by="test", now=now).late == []
    assert told == ["react"]
    assert work.tick(by="test", now=now + timedelta(seconds=2)).late == ["react"]


@pytest.mark.django_db
def test_a_lane_that_cannot_be_told_is_drained_here(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "nudge", lambda lane: False)
    monkeypatch.setattr(schedule, "all_periodic", list)
    work.put(kind="t", dedup_key="k")
    done = work.tick(by="test")
    assert done.late == ["react"]
    assert work.drain_late(done.late, seconds=5) == 1
    assert record.seen == ["k"]


@pytest.mark.django_db
def test_a_tick_in_a_worker_holds_no_quick_process_for_slow_work(
    make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "nudge", lambda lane: False)
    monkeypatch.setattr(schedule, "all_periodic", list)
    quick, slow = make_kind(), make_kind("slow", "bulk")
    for key in ("a", "b"):
        work.put(kind="slow", dedup_key=f"slow {key}")
        work.put(kind="t", dedup_key=key)
    jobs.tick()
    assert (sorted(quick.seen), slow.seen) == (["a", "b"], [])


@pytest.mark.django_db
def test_slow_work_that_is_late_keeps_no_quick_work_waiting(
    make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def slow(items: Sequence[WorkItem], now: datetime) -> None:
        done.extend(item.label for item in items)
        work.put(kind="t", dedup_key=f"after {items[0].label}")

    make_kind(handler=lambda items, now: done.extend(item.label for item in items))
    make_kind("slow", "bulk", handler=slow, batch=1)
    for key in ("first", "second"):
        work.put(kind="slow", dedup_key=key, run_at=work.database_now())
    work.drain_late(["bulk"], seconds=30)  # late or not, what is quicker goes first
    assert done == ["first", "after first", "second", "after second"]


@pytest.mark.django_db
def test_a_retry_is_due_too(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "nudge", lambda lane: True)
    monkeypatch.setattr(schedule, "all_periodic", list)
    record.poison = {"k"}
    work.put(kind="t", dedup_key="k")
    work.drain("react", float("inf"))
    assert work.tick(by="test").due == []
    assert work.tick(by="test", now=work.database_now() + timedelta(seconds=5)).due == ["react"]


@pytest.mark.django_db
def test_a_tick_leaves_its_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "all_periodic", list)
    work.tick(by="tick@here")
    first = Worker.objects.get()
    Worker.objects.update(heartbeat_at=NOW)
    work.tick(by="tick@here")
    again = Worker.objects.get()
    assert (again.name, again.role, again.started_at) == ("tick@here", "tick", first.started_at)
    assert again.heartbeat_at > NOW
