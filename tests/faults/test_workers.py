"""Workers killed at every named point, frozen past their lease, and poisoned."""

from __future__ import annotations

import signal

import psutil
import pytest

from tests.faults.installation import SLACK, Installation
from tests.faults.oracle import assert_exactly_once

pytestmark = pytest.mark.fault

POINTS = ("after_claim", "before_effect", "after_effect", "before_commit", "after_commit")


def test_a_worker_killed_at_any_named_point_loses_and_repeats_nothing(
    installation: Installation, scale: float
) -> None:
    """Five workers, each of which dies at its point after some work; one that lives finishes for all of them."""
    count = int(300 * scale)
    for number, point in enumerate(POINTS):
        installation.worker(point, ABMOPS_CRASH_AT=f"{point}:{number + 3}")
    producer = installation.producer(count, 100)
    for point in POINTS:
        assert installation.running[point].wait(40 * SLACK) == -signal.SIGKILL, f"{point} was never reached"
        installation.kills += 1
    installation.worker("survivor")
    installation.ticker("ticker")
    assert producer.wait(60 * SLACK) == 0, installation.log("producer")
    took = installation.until(installation.is_quiet, seconds=35, what="the chains of the killed workers")
    print(f"quiet {took:.1f} s after the last signal")
    assert_exactly_once(installation, count)


def test_a_worker_frozen_past_its_lease_is_fenced(installation: Installation, scale: float) -> None:
    """SIGSTOP for longer than the lease, before the work and inside its transaction: others take over what is
    not locked, and on waking nothing is written twice."""
    count = int(200 * scale)
    sleepers = ("after_claim", "before_commit")
    for point in sleepers:
        installation.worker(point, ABMOPS_CRASH_AT=f"{point}:4@STOP")
    installation.worker("other")
    installation.ticker("ticker")
    producer = installation.producer(count, 60)
    for point in sleepers:
        process = psutil.Process(installation.running[point].pid)
        installation.until(
            lambda process=process: process.status() == psutil.STATUS_STOPPED,  # type: ignore[misc]
            seconds=30,
            what=f"the freeze {point}",
        )
    assert producer.wait(60 * SLACK) == 0, installation.log("producer")
    # Where that takes longer than the database lets a session idle in its transaction, the locked batch is theirs too.
    installation.until(
        lambda: left(installation) in ([("leased", 1)], []), seconds=20, what="all but the locked batch"
    )
    for point in sleepers:
        installation.running[point].send_signal(signal.SIGCONT)
        installation.kills += 1
    installation.until(installation.is_quiet, seconds=20, what="the end of the sleepers")
    assert_exactly_once(installation, count)


def left(installation: Installation) -> list[tuple[str, int]]:
    """(state, attempts) of what the chain still has to do."""
    rows = installation.sql(
        "SELECT DISTINCT state, attempts FROM work_workitem"
        " WHERE kind IN ('evaluate', 'enroll', 'step', 'webhook') ORDER BY 1, 2"
    )
    return [(state, attempts) for state, attempts in rows]


def test_poison_dies_within_three_tries_and_takes_no_innocent_with_it(
    installation: Installation, scale: float
) -> None:
    """One item in a hundred kills its worker by SIGKILL; Celery's parent starts a new child each time."""
    count = int(200 * scale)
    installation.sql(
        "INSERT INTO work_workitem (kind, lane, dedup_key, coalesces, run_at, state, attempts, max_attempts, worker,"
        " payload, schema_v, last_error)"
        " SELECT 'poison', 'bulk', 'poison:' || n, false, clock_timestamp(), 'ready', 0, 3, '',"
        " jsonb_build_object('chain', n, 'poison', n %% 100 = 50), 1, '' FROM generate_series(1, %s) n",
        count,
    )
    installation.worker("pool", pool="prefork")
    installation.ticker("ticker")
    installation.until(installation.is_quiet, seconds=40, what="the innocent ones")
    dead = installation.sql(
        "SELECT (payload->>'chain')::int % 100, attempts FROM work_workitem WHERE state = 'dead'"
    )
    assert sorted(dead) == [(50, 3)] * (count // 100)
    effects = installation.sql("SELECT count(*), count(DISTINCT chain) FROM effect WHERE step = 'poison'")
    assert effects == [(count - count // 100, count - count // 100)]


def test_a_worker_keeps_its_session_from_task_to_task(installation: Installation) -> None:
    """Opening one costs the database more than most drains; Celery by itself would open one for each of them."""
    installation.worker("worker", pool="prefork")
    assert installation.producer(5, 20).wait(60 * SLACK) == 0, installation.log("producer")
    installation.until(lambda: evaluated(installation) == 5, seconds=30, what="the first effects")
    before = sessions(installation)
    assert installation.producer(20, 20).wait(60 * SLACK) == 0, installation.log("producer")
    installation.until(lambda: evaluated(installation) == 20, seconds=30, what="the other effects")
    assert before & sessions(installation), "each session ended with its task"


def evaluated(installation: Installation) -> int:
    """How many signals have been looked at; later steps wait for a clock that does not run here."""
    ((count,),) = installation.sql("SELECT count(*) FROM effect WHERE step = 'evaluate'")
    return int(count)


def sessions(installation: Installation) -> set[int]:
    """The servers' processes that stand behind somebody's connection, without this question's."""
    rows = installation.sql(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return {pid for (pid,) in rows}
