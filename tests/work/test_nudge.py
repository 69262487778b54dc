"""A nudge is a hint: one in flight a lane, and whatever goes wrong costs nobody an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis
from celery import current_app
from django.conf import settings

from abmops.work import jobs, nudge
from abmops.work import services as work
from tests.work.conftest import Record


@pytest.fixture(autouse=True)
def awake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No rest from an earlier failure, and no key left over."""
    monkeypatch.setattr(nudge, "_resting_until", 0.0)
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete("nudge:react", "nudge:bulk")
    yield
    client.delete("nudge:react", "nudge:bulk")
    client.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    """The messages that would have gone out."""
    messages: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: messages.append((name, options)))
    return messages


def test_one_message_a_lane_until_a_drain_has_heard(sent: list[tuple[str, dict[str, object]]]) -> None:
    assert [nudge.nudge("react") for _ in range(3)] == [True, True, True]
    assert len(sent) == 1
    name, options = sent[0]
    assert name == "abmops.work.jobs.drain"
    assert (options["queue"], options["args"], options["retry"], options["expires"]) == (
        "react",
        ["react"],
        False,
        30,
    )
    nudge.nudge("bulk")
    nudge.heard("react")
    nudge.nudge("react")
    assert [options["queue"] for _, options in sent] == ["react", "bulk", "react"]


def test_a_busy_door_tells_at_once_and_then_once_for_all_that_came_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    again = threading.Event()

    def tell(lane: str) -> bool:
        told.append(lane)
        if len(told) > 1:
            again.set()
        return True

    monkeypatch.setattr(nudge, "nudge", tell)
    monkeypatch.setattr(nudge, "QUIET", 0.2)
    monkeypatch.setattr(nudge, "_quiet_until", {})
    for _ in range(20):
        nudge.nudge_soon("react")
    assert told == ["react"]
    assert again.wait(30)
    assert told == ["react", "react"]


def test_a_broker_that_is_away_is_no_error_and_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, dict[str, object]]]
) -> None:
    asked: list[int] = []

    class Away:
        def set(self, *args: object, **options: object) -> None:
            asked.append(1)
            raise redis.ConnectionError("refused")

    monkeypatch.setattr(nudge, "_client", Away)
    before = nudge.failures
    assert [nudge.nudge("react") for _ in range(5)] == [False] * 5
    assert (len(asked), sent, nudge.failures - before) == (1, [], 1)


def test_a_message_that_does_not_go_out_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError("broken pipe")

    monkeypatch.setattr(current_app, "send_task", refuse)
    assert nudge.nudge("react") is False


@pytest.mark.django_db(transaction=True)
def test_a_put_that_commits_sends_a_message_and_the_job_does_the_work(
    record: Record, sent: list[tuple[str, dict[str, object]]]
) -> None:
    work.put(kind="t", dedup_key="k")
    assert [options["queue"] for _, options in sent] == ["react"]
    assert jobs.drain("react") == 1
    assert record.seen == ["k"]


@pytest.mark.django_db
def test_a_drain_that_runs_out_of_time_asks_for_another_turn(
    record: Record, monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, dict[str, object]]]
) -> None:
    monkeypatch.setattr(jobs, "SECONDS", 0.0)
    work.put(kind="t", dedup_key="k")
    jobs.drain("react")
    assert [options["queue"] for _, options in sent] == ["react"]


@pytest.mark.django_db
def test_the_tick_job_drains_what_nobody_can_be_told_of(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudge, "_resting_until", float("inf"))
    work.put(kind="t", dedup_key="k")
    jobs.tick()
    assert record.seen == ["k"]
