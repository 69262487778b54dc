"""A lease that ran out is taken back; whoever held it can no longer write."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from abmops.work import services as work
from abmops.work.models import State, WorkItem
from tests.work.conftest import MakeKind, Record

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LOST = "The worker ended, or held it longer than its lease."


def expire() -> None:
    """Let every lease run out."""
    WorkItem.objects.filter(state=State.LEASED).update(lease_until=LONG_AGO)


@pytest.mark.django_db
def test_a_lost_item_comes_back_at_once_and_alone(make_kind: MakeKind) -> None:
    record = make_kind(batch=3)
    work.put_many(work.Put("t", dedup_key=f"k{number}", run_at=LONG_AGO) for number in range(3))
    assert work.claim("react") is not None
    assert work.reclaim() == 0
    expire()
    assert work.reclaim() == 3
    assert {(item.state, item.attempts, item.last_error) for item in WorkItem.objects.all()} == {
        ("ready", 1, LOST)
    }
    assert work.drain("react", float("inf")) == 3
    assert [len(batch) for batch in record.batches] == [1, 1, 1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("max_attempts", "lives"),
    [
        pytest.param(1, 2, id="one attempt: the first may have been an innocent one of a batch"),
        pytest.param(3, 3, id="three attempts"),
    ],
)
@pytest.mark.parametrize("coalesce", [False, True], ids=["keyed", "coalescing"])
def test_an_item_that_kills_its_worker_comes_to_an_end(
    make_kind: MakeKind, max_attempts: int, lives: int, coalesce: bool
) -> None:
    make_kind(max_attempts=max_attempts, coalesce=coalesce)
    work.put(kind="t", subject_id=7, dedup_key=None if coalesce else "k")
    for life in range(1, lives + 1):
        WorkItem.objects.update(run_at=LONG_AGO)
        assert work.claim("react") or work.claim_retry("react")
        expire()
        assert work.reclaim() == 1
        assert WorkItem.objects.get().state == (State.DEAD if life == lives else State.READY)
    assert WorkItem.objects.get().last_error == LOST


@pytest.mark.django_db
def test_the_late_worker_is_fenced_off(record: Record) -> None:
    work.put(kind="t", dedup_key="k")
    late = work.claim("react")
    expire()
    work.reclaim()
    second = work.claim_retry("react")
    assert late is not None
    assert second is not None
    assert work.run(late) == 0
    assert record.seen == []
    assert work.run(second) == 1
    assert record.seen == ["k"]


@pytest.mark.django_db
def test_the_late_worker_cannot_fail_it_either(make_kind: MakeKind) -> None:
    record = make_kind(outside=True, max_attempts=1)
    work.put(kind="t", dedup_key="k")
    late = work.claim("react")
    assert late is not None
    expire()
    work.reclaim()
    second = work.claim_retry("react")
    record.error = RuntimeError("late")
    work.run(late)
    item = WorkItem.objects.get()
    assert second is not None
    assert (item.state, item.lease_token) == (State.LEASED, second.items[0].lease_token)


@pytest.mark.django_db
def test_a_handler_outside_can_hold_its_item_before_it_writes(make_kind: MakeKind) -> None:
    make_kind(outside=True)
    work.put(kind="t", dedup_key="k")
    found = work.claim("react")
    assert found is not None
    work.hold_one(found.items[0])
    expire()
    work.reclaim()
    with pytest.raises(work.Fenced):
        work.hold_one(found.items[0])


@pytest.mark.django_db(transaction=True)
def test_a_long_call_outside_keeps_its_lease(make_kind: MakeKind) -> None:
    reclaimed: list[int] = []

    def slow(items: object, now: datetime) -> None:
        for _ in range(5):
            time.sleep(0.7)
            reclaimed.append(work.reclaim())

    make_kind(handler=slow, outside=True, lease=timedelta(seconds=3))  # renewed each second
    work.put(kind="t", dedup_key="k")
    assert work.drain("react", float("inf")) == 1
    assert reclaimed == [0] * 5


@pytest.mark.django_db(transaction=True)
def test_a_handler_at_work_inside_is_not_swept_even_past_its_lease(make_kind: MakeKind) -> None:
    swept: list[int] = []

    def sweep() -> None:
        swept.append(work.reclaim())
        connection.close()

    def slow(items: object, now: datetime) -> None:
        time.sleep(0.1)
        sweeper = threading.Thread(target=sweep)
        sweeper.start()
        sweeper.join()

    make_kind(handler=slow, lease=timedelta(seconds=0.05))
    make_kind("c", handler=slow, lease=timedelta(seconds=0.05), coalesce=True)
    work.put(kind="t", dedup_key="k")
    work.put(kind="c", subject_id=1)
    assert work.drain("react", float("inf")) == 2
    assert swept == [0, 0]


@pytest.mark.django_db
def test_a_returning_item_meets_a_newer_sibling(make_kind: MakeKind) -> None:
    make_kind(coalesce=True)
    work.put(kind="t", subject_id=7, payload={"old": 1, "both": 1})
    work.claim("react")
    work.put(kind="t", subject_id=7, payload={"both": 2})
    expire()
    assert work.reclaim() == 1
    older, newer = WorkItem.objects.order_by("id")
    assert (older.state, newer.state) == (State.SUPERSEDED, State.READY)
    assert newer.attempts == 1, "or a bad subject would start afresh with each signal"
    assert newer.payload == {"old": 1, "both": 2}


@pytest.mark.django_db
def test_a_failing_item_meets_a_newer_sibling(make_kind: MakeKind) -> None:
    record = make_kind(coalesce=True)
    record.poison = {"7"}
    work.put(kind="t", subject_id=7)
    found = work.claim("react")
    assert found is not None
    work.put(kind="t", subject_id=7)
    work.run(found)
    older, newer = WorkItem.objects.order_by("id")
    assert (older.state, newer.state, newer.attempts) == (State.SUPERSEDED, State.READY, 1)
    assert newer.run_at > work.database_now()


@pytest.mark.django_db
def test_a_subject_that_died_runs_alone_from_then_on(make_kind: MakeKind) -> None:
    record = make_kind(coalesce=True, max_attempts=1)
    record.poison = {"7"}
    work.put(kind="t", subject_id=7)
    work.drain("react", float("inf"))
    work.put_many(work.Put("t", subject_id=number) for number in range(5, 10))
    assert work.drain("react", float("inf")) == 4
    assert record.batches[1:] == [["5", "6", "8", "9"], ["7"]]
    assert WorkItem.objects.dead().count() == 1, "a newer dead item stands for the older ones of its subject"
