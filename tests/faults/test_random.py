"""Anything killed at any moment, by a seeded plan; and the control, which the same plan must break."""

from __future__ import annotations

import random
import time

import pytest

from tests.faults.installation import Installation
from tests.faults.oracle import assert_exactly_once, judge

pytestmark = pytest.mark.fault

VICTIMS = ("worker", "broker", "database", "other")
MOST = 1_000_000


def rage(installation: Installation, plan: random.Random, *, rounds: int, other_ticks: bool) -> None:
    """Kill one thing after another by SIGKILL (the database by SIGQUIT), each twice a round, and start it
    again.

    Only what is at work is killed: a fault while everything idles proves nothing.
    """
    for victim in [victim for _ in range(rounds) for victim in plan.sample(VICTIMS * 2, len(VICTIMS) * 2)]:
        worker = victim if victim == "worker" or (victim == "other" and not other_ticks) else ""
        wait_for_work(installation, worker, insist=other_ticks)
        time.sleep(plan.uniform(0.0, 0.4))
        if victim == "database":
            installation.kill_database()
            installation.start_database()
        elif victim == "broker":
            installation.kill("valkey")
            installation.start_broker()
        else:
            installation.kill(victim)
            if victim == "other" and other_ticks:
                installation.ticker(victim)
            else:
                installation.worker(victim, pool="prefork")


def wait_for_work(installation: Installation, worker: str, *, insist: bool) -> None:
    """Until it is at work; the control may hang for good, and is killed then all the same."""

    def at_work() -> bool:
        return installation.is_at_work(worker)

    try:
        installation.until(at_work, seconds=60 if insist else 8, what=f"{worker or 'anybody'} at work")
    except AssertionError:
        if insist:
            raise
        print(f"control: {worker or 'everybody'} hangs")


def test_random_kills_lose_and_repeat_nothing(
    installation: Installation, plan: random.Random, scale: float
) -> None:
    installation.worker("worker", pool="prefork")
    installation.ticker("other")
    installation.producer(MOST, 20)
    rage(installation, plan, rounds=max(1, int(scale)), other_ticks=True)
    accepted = installation.enough()
    took = installation.until(installation.is_quiet, seconds=60, what="the chains")
    print(f"quiet {took:.1f} s after the last signal")
    assert_exactly_once(installation, accepted)


def test_the_control_does_not_survive_the_same_plan(
    installation: Installation, plan: random.Random, scale: float
) -> None:
    """The message is the state, acks late, rejected when the worker is lost: the usual way. It must lose or
    repeat.
    """
    installation.worker("worker", pool="prefork")
    installation.worker("other", pool="prefork")
    installation.producer(MOST, 20, naive=True)
    rage(installation, plan, rounds=max(1, int(scale)), other_ticks=False)
    accepted = installation.enough()
    settled, last = time.monotonic(), -1
    while time.monotonic() - settled < 3:
        ((effects,),) = installation.sql("SELECT count(*) FROM effect")
        if effects != last:
            settled, last = time.monotonic(), effects
        time.sleep(0.2)
    verdict = judge(installation, accepted)
    print(f"control: {verdict}, kills: {installation.kills}")
    assert verdict.missing + verdict.repeated > 0, "The faults did not bite; make them harder."
