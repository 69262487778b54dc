"""Dead items wait for a person, who sends them round again or lets them be."""

from __future__ import annotations

import pytest

from abmops.work import services as work
from abmops.work.models import State, Verdict, WorkItem
from tests.work.conftest import MakeKind

pytestmark = pytest.mark.django_db


def test_a_replayed_item_runs_alone_and_is_done(make_kind: MakeKind) -> None:
    record = make_kind(max_attempts=1)
    record.poison = {"k"}
    work.put(kind="t", dedup_key="k")
    work.drain("react", float("inf"))
    record.poison = set()
    assert work.replay(by="kim@example.com") == 1
    work.put(kind="t", dedup_key="other")
    assert work.drain("react", float("inf")) == 2
    assert record.batches[1:] == [["other"], ["k"]]
    assert not WorkItem.objects.exists()
    verdict = Verdict.objects.get()
    assert (verdict.kind, verdict.label, verdict.by) == ("t", "k", "kim@example.com")


def test_a_replayed_item_that_fails_again_dies_again(make_kind: MakeKind) -> None:
    record = make_kind(max_attempts=1)
    record.poison = {"k"}
    work.put(kind="t", dedup_key="k")
    work.drain("react", float("inf"))
    work.replay(by="kim@example.com")
    work.drain("react", float("inf"))
    assert WorkItem.objects.get().state == State.DEAD


@pytest.mark.parametrize("waits", [True, False], ids=["beside a waiting sibling", "alone"])
def test_a_replayed_subject_is_merged_with_what_waits(make_kind: MakeKind, waits: bool) -> None:
    record = make_kind(coalesce=True, max_attempts=1)
    record.poison = {"7"}
    work.put(kind="t", subject_id=7, payload={"old": 1})
    work.drain("react", float("inf"))
    if waits:
        work.put(kind="t", subject_id=7, payload={"new": 1})
    assert work.replay(by="kim@example.com") == 1
    ready = WorkItem.objects.get(state=State.READY)
    assert ready.payload == ({"old": 1, "new": 1} if waits else {"old": 1})
    record.poison = set()
    assert work.drain("react", float("inf")) == 1
    assert not WorkItem.objects.dead().exists()


def test_only_the_named_are_judged(make_kind: MakeKind) -> None:
    one, two = make_kind("one", max_attempts=1), make_kind("two", max_attempts=1)
    one.error = two.error = RuntimeError("no")
    for kind in ("one", "two"):
        work.put_many(work.Put(kind, dedup_key=f"{kind}{number}") for number in range(2))
    for _ in range(3):
        work.drain("react", float("inf"))
    assert WorkItem.objects.dead().count() == 4
    assert work.replay(by="kim", ids=[WorkItem.objects.get(dedup_key="one0").pk]) == 1
    assert work.dismiss(by="kim", kind="two") == 2
    assert set(WorkItem.objects.values_list("dedup_key", "state")) == {
        ("one0", "ready"),
        ("one1", "dead"),
        ("two0", "cancelled"),
        ("two1", "cancelled"),
    }


def test_what_is_not_dead_is_not_judged(make_kind: MakeKind) -> None:
    make_kind()
    work.put(kind="t", dedup_key="k")
    assert work.replay(by="kim") == work.dismiss(by="kim") == 0
    assert not Verdict.objects.exists()
