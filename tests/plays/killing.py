"""Acts in processes of their own that are killed (SIGKILL) where they stand, and what the work list makes of it."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, connections

from abmops.work import crash
from abmops.work import services as work

Act = Callable[[], object]


def child(act: Act, deadly: Collection[str]) -> str:
    """Run the act in a process of its own, which dies at the first of these points that it passes; which, or ""."""
    connections.close_all()
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1

        def die(name: str) -> None:
            if name in deadly:
                os.write(tell, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            os.environ["PGAPPNAME"] = _name(os.getpid())
            vars(crash)["point"] = die  # this process lives only for the act
            act()
            code = 0
        except BaseException:  # noqa: BLE001  (a forked child must never return into the tests)
            traceback.print_exc(file=sys.stderr)
        finally:
            os._exit(code)
    os.close(tell)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(told) as pipe:
        died = pipe.read()
    _gone(pid)
    assert died or os.WEXITSTATUS(status) == 0, "the act failed; its traceback is above"
    return died


def _name(pid: int) -> str:
    return f"child {pid}"


def _gone(pid: int) -> None:
    """Wait until the server has noticed that this child is no more: until then what it had locked is passed over."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT FROM pg_stat_activity WHERE application_name = %s", [_name(pid)])
            if not cursor.rowcount:
                return
            time.sleep(0.01)


def lived(
    acts: Iterable[tuple[str, Act]], points: Collection[str], *, since: datetime
) -> list[tuple[str, str]]:
    """Do the acts one after the other; each is killed at every point that it passes, and run again. Where they died."""
    deaths: list[tuple[str, str]] = []
    for name, act in acts:
        left = set(points)
        while died := child(act, left):
            deaths.append((name, died))
            left.remove(died)
            leases_run_out(since)
    return deaths


def leases_run_out(since: datetime) -> None:
    """What half a minute does: the leases of a dead worker end, and each of its items comes back alone, at once, in the
    order in which they were put: who is given a task depends on what others were given before.

    Nobody dies at one item as often as here, so that it gets more attempts than it would have.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE work_workitem SET lease_until = statement_timestamp() WHERE state = 'leased'")
        cursor.execute("UPDATE work_workitem SET max_attempts = 50")
    work.reclaim()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE work_workitem SET run_at = %s - interval '1 minute' + id * interval '1 microsecond'"
            " WHERE attempts > 0",
            [since],
        )


def rows_of(statements: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    """What these queries find, in an order of its own."""
    found = {}
    with connection.cursor() as cursor:
        for name, statement in statements.items():
            cursor.execute(statement)
            found[name] = sorted(cursor.fetchall(), key=repr)
    return found
