"""Two acts at the same moment on connections of their own, one of them held after one of its statements."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from django.db import connection

HELD_FOR = 0.008
"""Seconds that the one waits for the other; whoever takes longer waits for a lock."""


@dataclass
class Side:
    """One of the two: what it does, and when it was over, or sent."""

    act: Callable[[], object]
    held_after: int = 0
    statements: int = 0
    inside: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)
    at: float = 0.0
    error: BaseException | None = None


def run(side: Side, other: Side, *, waits: bool) -> None:
    """Do one side on this thread's connection: begin when the other is held or over, be held after a statement."""

    def counted(execute: Any, *given: Any) -> Any:
        result = execute(*given)
        side.statements += 1
        if side.statements == side.held_after:
            side.inside.set()
            other.over.wait(HELD_FOR)
        return result

    if waits:
        other.inside.wait(5)
    try:
        with connection.execute_wrapper(counted):
            side.act()
    except BaseException as error:  # noqa: BLE001  (the test looks at it)
        side.error = error
    finally:
        side.at = time.monotonic()
        side.inside.set()
        side.over.set()


def raced(pool: ThreadPoolExecutor, act: Side, no: Side, *, first: Side) -> None:
    sides = ((act, no), (no, act))
    for done in [pool.submit(run, one, other, waits=one is not first) for one, other in sides]:
        done.result(60)


@pytest.fixture
def two() -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with a connection that is closed at the end."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
        together = Event()

        def close() -> None:
            connection.close()
            together.wait(0.2)

        for done in [pool.submit(close) for _ in range(2)]:
            done.result()
