"""Work that is put is done once, in batches; what fails is tried alone, pauses, and ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from abmops.work import services as work
from abmops.work.models import State, WorkItem
from tests.work.conftest import MakeKind, Record

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def drain(lane: str = "react") -> int:
    return work.drain(lane, float("inf"))


def due_again() -> None:
    """End every pause."""
    WorkItem.objects.filter(state=State.READY).update(run_at=LONG_AGO)


def test_items_run_oldest_first_in_batches_of_their_kind(make_kind: MakeKind) -> None:
    record = make_kind(batch=2)
    for number in (3, 1, 2):
        work.put(kind="t", dedup_key=f"k{number}", run_at=LONG_AGO + timedelta(minutes=number))
    assert drain() == 3
    assert record.batches == [["k1", "k2"], ["k3"]]


def test_a_head_start_lets_a_kind_pass_those_who_waited_little_longer(make_kind: MakeKind) -> None:
    order: list[str] = []

    def note(items: Sequence[WorkItem], now: datetime) -> None:
        order.extend(item.label for item in items)

    make_kind(handler=note, batch=1)
    make_kind("quick", handler=note, batch=1, head_start=timedelta(milliseconds=250))
    for key, waited in (("longer", 300), ("little", 200)):
        work.put(kind="t", dedup_key=key, run_at=LONG_AGO - timedelta(milliseconds=waited))
    work.put(kind="quick", dedup_key="quick", run_at=LONG_AGO)
    assert drain() == 3
    assert order == ["longer", "quick", "little"]


def test_a_done_item_is_gone_with_its_effect(record: Record) -> None:
    work.put(kind="t", dedup_key="k")
    assert drain() == 1
    assert record.seen == ["k"]
    assert not WorkItem.objects.exists()


def test_a_kept_item_protects_its_key(make_kind: MakeKind) -> None:
    record = make_kind(keep_done=True)
    for _ in range(2):
        work.put(kind="t", dedup_key="k")
        drain()
    assert record.seen == ["k"]
    item = WorkItem.objects.get()
    assert (item.state, item.lease_token, item.attempts) == (State.DONE, None, 1)
    assert item.done_at is not None


def test_a_future_item_waits_for_the_database_clock(record: Record) -> None:
    work.put(kind="t", dedup_key="k", run_at=work.database_now() + timedelta(seconds=60))
    assert drain() == 0
    assert record.seen == []
    assert work.drain_all(work.database_now() + timedelta(seconds=61)) == 1


def test_the_handler_is_told_the_moment_of_the_claim(record: Record) -> None:
    before = work.database_now()
    work.put(kind="t", dedup_key="k")
    drain()
    assert before <= record.moments[0] <= work.database_now()


def test_one_poison_item_takes_nobody_with_it(make_kind: MakeKind) -> None:
    record = make_kind(max_attempts=3)
    record.poison = {"k13"}
    work.put_many(work.Put("t", dedup_key=f"k{number:02}") for number in range(50))
    assert drain() == 49
    assert record.batches[0] == [f"k{number:02}" for number in range(50)]
    assert all(len(batch) == 1 for batch in record.batches[1:])
    due_again()
    assert drain() == 0
    item = WorkItem.objects.get()
    assert (item.state, item.attempts, item.dedup_key) == (State.DEAD, 3, "k13")
    assert item.last_error.startswith("RuntimeError: poison: k13")


def test_a_single_failure_pauses_longer_each_time(make_kind: MakeKind) -> None:
    record = make_kind(max_attempts=4)
    record.poison = {"k"}
    work.put(kind="t", dedup_key="k")
    pauses = []
    for _ in range(3):
        due_again()
        drain()
        item = WorkItem.objects.get()
        pauses.append((item.run_at - work.database_now()).total_seconds())
    assert [round(pause / nominal) for pause, nominal in zip(pauses, (2, 4, 8), strict=True)] == [1, 1, 1]
    due_again()
    drain()
    assert WorkItem.objects.get().state == State.DEAD


def test_the_effects_of_a_failed_batch_are_rolled_back(make_kind: MakeKind) -> None:
    def half(items: object, now: datetime) -> None:
        work.put(kind="nobody_knows", dedup_key="successor", run_at=now)
        raise RuntimeError("after the effect")

    make_kind(handler=half, max_attempts=1)
    work.put(kind="t", dedup_key="k")
    drain()
    assert [item.kind for item in WorkItem.objects.all()] == ["t"]


def test_give_up_is_dead_at_once(make_kind: MakeKind) -> None:
    record = make_kind(outside=True, lane="deliver")
    record.error = work.GiveUp("410 Gone")
    work.put(kind="t", dedup_key="k")
    drain("deliver")
    item = WorkItem.objects.get()
    assert (item.state, item.attempts) == (State.DEAD, 1)


@pytest.mark.parametrize(
    ("counted", "attempts"),
    [
        pytest.param(True, 2, id="a limit of theirs counts"),
        pytest.param(False, 1, id="a breaker of ours does not"),
    ],
)
def test_later_names_its_own_pause(make_kind: MakeKind, counted: bool, attempts: int) -> None:
    record = make_kind(outside=True)
    record.error = work.Later("429", after=timedelta(minutes=7), counted=counted)
    work.put(kind="t", dedup_key="k")
    drain()
    due_again()
    drain()
    item = WorkItem.objects.get()
    assert item.attempts == attempts
    assert 415 < (item.run_at - work.database_now()).total_seconds() <= 420


def test_outside_work_is_claimed_one_by_one(make_kind: MakeKind) -> None:
    record = make_kind(outside=True, batch=50)
    work.put_many(work.Put("t", dedup_key=f"k{number}", run_at=LONG_AGO) for number in range(3))
    drain()
    assert record.batches == [["k0"], ["k1"], ["k2"]]


def test_an_unknown_kind_is_left_for_a_release_that_knows_it(make_kind: MakeKind) -> None:
    work.put(kind="tomorrow", dedup_key="k", lane="bulk", run_at=LONG_AGO)
    assert drain("bulk") == 0
    item = WorkItem.objects.get()
    assert (item.state, item.attempts) == (State.READY, 0)
    record = make_kind("tomorrow", lane="bulk")
    assert drain("bulk") == 1
    assert record.seen == ["k"]


def test_a_newer_payload_goes_back_uncounted_for_newer_code(record: Record) -> None:
    work.put(kind="t", dedup_key="new", schema_v=2)
    work.put(kind="t", dedup_key="old")
    assert drain() == 1
    assert record.seen == ["old"]
    item = WorkItem.objects.get()
    assert (item.state, item.attempts) == (State.READY, 1)
    assert 25 < (item.run_at - work.database_now()).total_seconds() <= 30


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_what_the_database_asks_for_again_is_no_attempt(make_kind: MakeKind, code: str) -> None:
    turns: list[int] = []

    def contended(items: object, now: datetime) -> None:
        turns.append(1)
        if len(turns) < 3:
            with connection.cursor() as cursor:
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{code}'; END $$")

    make_kind(handler=contended, max_attempts=1)
    work.put(kind="t", dedup_key="k")
    assert drain() == 1
    assert len(turns) == 3


def test_what_the_database_keeps_asking_for_goes_back_uncounted(make_kind: MakeKind) -> None:
    def contended(items: object, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")

    make_kind(handler=contended, max_attempts=1)
    for _ in range(4):
        work.put(kind="t", dedup_key="k")
        due_again()
        assert drain() == 0
    item = WorkItem.objects.get()
    assert (item.state, item.attempts) == (State.READY, 1)


def test_retries_and_first_tries_take_turns(make_kind: MakeKind) -> None:
    record = make_kind(batch=1)
    record.poison = {"bad"}
    work.put(kind="t", dedup_key="bad", run_at=LONG_AGO)
    drain()
    due_again()
    record.poison = set()
    record.batches.clear()
    work.put_many(work.Put("t", dedup_key=f"k{number}", run_at=LONG_AGO) for number in range(5))
    drain()
    assert record.seen.index("bad") == 1


def test_the_kind_that_waits_longest_goes_first(make_kind: MakeKind) -> None:
    early, late = make_kind("early"), make_kind("late")
    work.put(kind="late", dedup_key="l", run_at=LONG_AGO + timedelta(seconds=1))
    work.put(kind="early", dedup_key="e", run_at=LONG_AGO)
    found = work.claim("react")
    assert found is not None
    assert [item.dedup_key for item in found.items] == ["e"]
    assert early.seen == late.seen == []


def test_lanes_do_not_take_from_each_other(record: Record) -> None:
    work.put(kind="t", dedup_key="k", run_at=LONG_AGO)
    assert drain("bulk") == 0
    assert drain("react") == 1


def test_drain_all_follows_what_items_put(make_kind: MakeKind, now: datetime) -> None:
    def first(items: object, at: datetime) -> None:
        work.put(kind="second", dedup_key="2", run_at=at)

    make_kind("first", handler=first)
    second = make_kind("second", lane="bulk")
    work.put(kind="first", dedup_key="1", run_at=now)
    assert work.drain_all(now) == 2
    assert second.moments == [now]


def test_drain_all_tells_a_test_what_went_wrong(make_kind: MakeKind, now: datetime) -> None:
    record = make_kind()
    record.poison = {"k"}
    work.put(kind="t", dedup_key="k", run_at=now)
    with pytest.raises(RuntimeError, match="poison: k"):
        work.drain_all(now)


def test_payload_and_body_come_through_unchanged(make_kind: MakeKind) -> None:
    got: list[WorkItem] = []
    make_kind(handler=lambda items, now: got.extend(items))
    work.put(kind="t", dedup_key="k", subject_id=7, payload={"ü": [1, None, {"x": 1.5}]}, body=b"\x00\xff")
    drain()
    assert got[0].payload == {"ü": [1, None, {"x": 1.5}]}
    assert got[0].body == b"\x00\xff"
    assert got[0].subject_id == 7


def test_lanes_that_are_let_go_first_before_every_batch(make_kind: MakeKind) -> None:
    order: list[str] = []

    def many(items: Sequence[WorkItem], now: datetime) -> None:
        order.append("stream")
        work.put(kind="answer")

    def answer(items: Sequence[WorkItem], now: datetime) -> None:
        order.append("answer")

    make_kind("stream", lane="ingest", handler=many, batch=1)
    make_kind("answer", lane="react", handler=answer)
    for _ in range(3):
        work.put(kind="stream")
    work.drain("ingest", time.monotonic() + 60, letting=["react"])
    assert order == ["stream", "answer", "stream", "answer", "stream", "answer"]
