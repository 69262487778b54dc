"""The ticker without Celery: late lanes are worked through in a child, and its own session survives that."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from django.db import connection

from abmops.work import nudge, schedule, ticker
from abmops.work import services as work
from abmops.work.models import Worker, WorkItem
from tests.work.conftest import MakeKind

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every nudge fails, and nothing is periodic."""
    monkeypatch.setattr(nudge, "_resting_until", float("inf"))
    monkeypatch.setattr(schedule, "all_periodic", list)


def backend() -> int:
    """The server process of our session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_child_works_and_the_session_stays(make_kind: MakeKind, no_broker: None) -> None:
    make_kind()
    work.put(kind="t", dedup_key="k")
    before = backend()
    drainer = ticker.Drainer()
    drainer.take(["react"])
    eventually(lambda: not WorkItem.objects.exists())
    assert backend() == before
    drainer.end()


def test_an_item_that_kills_takes_only_the_child(make_kind: MakeKind, no_broker: None) -> None:
    here = os.getpid()

    def deadly(items: Sequence[WorkItem], now: datetime) -> None:
        assert os.getpid() != here
        os.kill(os.getpid(), signal.SIGKILL)

    make_kind(handler=deadly)
    work.put(kind="t", dedup_key="k")
    stop = threading.Event()

    def watch() -> None:
        """Until the item has been tried, and the ticker has gone on for some turns."""
        try:
            eventually(lambda: WorkItem.objects.get().attempts > 0)
            turn = Worker.objects.get().heartbeat_at
            eventually(lambda: Worker.objects.get().heartbeat_at > turn)
        finally:
            connection.close()
            stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    ticker.tick_forever(name="ticker@test", stop=stop, every=0.1)
    watcher.join()
    assert Worker.objects.get().name == "ticker@test"
    assert WorkItem.objects.get().attempts == 1


def test_a_hanging_child_is_killed_at_the_hard_limit(
    make_kind: MakeKind, no_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "HARD_LIMIT", 0.2)
    make_kind(handler=lambda items, now: time.sleep(60))
    work.put(kind="t", dedup_key="k")
    threads = set(threading.enumerate())
    drainer = ticker.Drainer()
    drainer.take(["react"])
    time.sleep(0.5)
    started = time.monotonic()
    drainer.take([])
    assert time.monotonic() - started < 30, "it waited for the child instead of killing it"
    assert set(threading.enumerate()) <= threads
