"""Putting is idempotent on a key, merges on a subject, and commits with its producer."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from pytest_django.fixtures import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from abmops.work import nudge
from abmops.work import services as work
from abmops.work.models import State, WorkItem
from tests.work.conftest import MakeKind, Record

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def put_and_fail(key: str) -> None:
    """Put in a transaction that rolls back."""
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        work.put(kind="t", dedup_key=key)
        raise ZeroDivisionError


def test_a_key_is_put_once_and_the_first_wins(record: Record) -> None:
    work.put(kind="t", dedup_key="k", payload={"n": 1})
    work.put(kind="t", dedup_key="k", payload={"n": 2})
    work.put_many([work.Put("t", dedup_key="k"), work.Put("t", dedup_key="k")])
    assert [item.payload for item in WorkItem.objects.all()] == [{"n": 1}]


def test_an_appended_item_is_like_one_that_was_put(record: Record) -> None:
    work.append(kind="t", subject_id=7, payload={"n": 1}, body=b"x")
    work.put(kind="t", subject_id=7, payload={"n": 1}, body=b"x")
    one, other = WorkItem.objects.order_by("id")
    assert bytes(one.body or b"") == bytes(other.body or b"") == b"x"
    same = [field.attname for field in WorkItem._meta.concrete_fields]
    for name in set(same) - {"id", "run_at", "created_at", "body"}:
        assert getattr(one, name) == getattr(other, name), name
    with pytest.raises(ValueError, match="no kind of work"):
        work.append(kind="unheard-of", subject_id=7, payload={}, body=b"")


def test_without_a_key_every_put_is_a_new_item(record: Record) -> None:
    work.put_many([work.Put("t"), work.Put("t", subject_id=1), work.Put("t", subject_id=1)])
    assert WorkItem.objects.count() == 3


def test_many_items_are_one_statement(
    record: Record, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        work.put_many(work.Put("t", dedup_key=f"k{number}") for number in range(1_000))
    assert WorkItem.objects.count() == 1_000


def test_nothing_to_put_is_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        work.put_many([])


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        pytest.param(MONDAY, MONDAY + timedelta(hours=1), MONDAY, id="the earlier moment stays"),
        pytest.param(MONDAY + timedelta(hours=1), MONDAY, MONDAY, id="the earlier moment comes"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one call", "in two calls"])
def test_a_subject_is_merged(
    make_kind: MakeKind, first: datetime, second: datetime, merged: datetime, together: bool
) -> None:
    make_kind(coalesce=True)
    puts = [
        work.Put("t", subject_id=7, run_at=first, payload={"a": 1, "b": 1}),
        work.Put("t", subject_id=7, run_at=second, payload={"b": 2}),
        work.Put("t", subject_id=8, run_at=second),
    ]
    for batch in [puts] if together else [puts[:1], puts[1:]]:
        work.put_many(batch)
    seven, eight = WorkItem.objects.order_by("subject_id")
    assert (seven.run_at, seven.payload) == (merged, {"a": 1, "b": 2})
    assert eight.run_at == second


def test_a_retry_keeps_its_pause_when_more_comes_in(make_kind: MakeKind) -> None:
    record = make_kind(coalesce=True)
    record.poison = {"7"}
    work.put(kind="t", subject_id=7)
    work.drain("react", float("inf"))
    pause = WorkItem.objects.get().run_at
    work.put(kind="t", subject_id=7)
    item = WorkItem.objects.get()
    assert (item.run_at, item.attempts) == (pause, 1)


@pytest.mark.parametrize(
    "options", [{"dedup_key": "k", "subject_id": 1}, {}], ids=["with a key", "without a subject"]
)
def test_a_coalescing_kind_wants_a_subject_and_no_key(
    make_kind: MakeKind, options: dict[str, object]
) -> None:
    make_kind(coalesce=True)
    with pytest.raises(ValueError, match="merged by its subject"):
        work.put(kind="t", **options)  # type: ignore[arg-type]


def test_put_goes_with_its_transaction(record: Record) -> None:
    put_and_fail("k")
    assert not WorkItem.objects.exists()


def test_a_lane_is_nudged_once_after_commit_when_something_is_due(
    make_kind: MakeKind,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_kind("r")
    make_kind("d", lane="deliver")
    make_kind("b", lane="bulk")
    nudged: list[str] = []
    monkeypatch.setattr(nudge, "nudge", nudged.append)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(20):
            work.put(kind="r", dedup_key=f"r{number}")
        with transaction.atomic():
            work.put(kind="d", dedup_key="d")
        work.put(kind="b", dedup_key="b", run_at=work.database_now() + timedelta(seconds=5))
        assert nudged == []
    assert nudged == ["react", "deliver"]


def test_a_nudge_of_a_rolled_back_part_does_not_stand_for_the_rest(
    record: Record,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nudged: list[str] = []
    monkeypatch.setattr(nudge, "nudge", nudged.append)
    with django_capture_on_commit_callbacks(execute=True):
        put_and_fail("lost")
        work.put(kind="t", dedup_key="kept")
    assert nudged == ["react"]


def test_a_cancelled_item_does_not_run_and_its_key_is_free(make_kind: MakeKind) -> None:
    record = make_kind()
    kept = make_kind("kept", keep_done=True)
    for kind in ("t", "kept"):
        work.put(kind=kind, dedup_key=f"{kind}:1", payload={"turn": 1})
        assert work.cancel(dedup_key=f"{kind}:1") == 1
        assert work.cancel(dedup_key=f"{kind}:1") == 0
    work.drain("react", float("inf"))
    assert record.seen == kept.seen == []
    assert [item.state for item in WorkItem.objects.all()] == [State.CANCELLED]
    work.put(kind="t", dedup_key="t:1", payload={"turn": 2})
    work.put(kind="kept", dedup_key="kept:1", payload={"turn": 2})
    work.drain("react", float("inf"))
    assert record.seen == ["t:1"]
    assert kept.seen == ["kept:1"]


def test_cancelling_after_the_claim_fences_the_handler(record: Record) -> None:
    work.put(kind="t", dedup_key="k")
    found = work.claim("react")
    assert found is not None
    assert work.cancel(dedup_key="k") == 1
    assert work.run(found) == 0
    assert record.seen == []


def test_a_done_item_is_not_cancelled(make_kind: MakeKind) -> None:
    make_kind(keep_done=True)
    work.put(kind="t", dedup_key="k")
    work.drain("react", float("inf"))
    assert work.cancel_many(dedup_keys=["k", "never put"]) == 0
    assert WorkItem.objects.get().state == State.DONE
