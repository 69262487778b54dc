"""The broker emptied, frozen and killed; the database stopped in the middle of everything."""

from __future__ import annotations

import signal
import time

import pytest
import redis

from tests.faults.installation import SLACK, Installation
from tests.faults.oracle import assert_exactly_once

pytestmark = pytest.mark.fault


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def test_a_broker_emptied_frozen_and_killed_costs_seconds_and_nothing_else(
    installation: Installation, scale: float
) -> None:
    """The client is never refused and seldom waits; with the broker gone for good the work still ends."""
    count = int(300 * scale)
    installation.worker("worker")
    installation.ticker("ticker")
    producer = installation.producer(count, 60)
    installation.until(
        lambda: bool(installation.sql("SELECT 1 FROM effect")), seconds=20, what="the first effect"
    )
    client = redis.Redis(unix_socket_path=str(installation.home.valkey_socket))
    for _ in range(3):
        client.flushall()
        time.sleep(0.2)
    client.close()
    installation.running["valkey"].send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    installation.running["valkey"].send_signal(signal.SIGCONT)
    time.sleep(0.5)
    installation.kill("valkey")
    assert producer.wait(60 * SLACK) == 0, installation.log("producer")
    took = installation.until(installation.is_quiet, seconds=20, what="the chains, without a broker")
    installation.kills = 0  # no worker was killed, so no webhook has a reason to go out twice
    assert_exactly_once(installation, count)
    waits = installation.report()["waits"]
    print(f"put: p50 {percentile(waits, 0.5) * 1000:.1f} ms, p99 {percentile(waits, 0.99) * 1000:.0f} ms,")
    print(
        f"longest {max(waits) * 1000:.0f} ms; quiet {took:.1f} s after the last signal with the broker gone"
    )
    assert percentile(waits, 0.95) < 0.5
    assert max(waits) < 2.5, "a request waits for the broker at most one timeout of each kind"


def test_a_database_stopped_at_once_keeps_what_it_accepted(installation: Installation, scale: float) -> None:
    """`-m immediate` under load, twice. The client is refused meanwhile and sends again; nobody has to help."""
    count = int(400 * scale)
    installation.worker("worker", pool="prefork")
    installation.ticker("ticker")
    producer = installation.producer(count, 80)
    for _ in range(2):
        installation.until(installation.is_at_work, seconds=20, what="work before the stop")
        installation.kill_database()
        time.sleep(0.5)
        installation.start_database()
        back = time.monotonic()
        installation.until(installation.is_at_work, seconds=10, what="work after the restart")
        print(f"working again {time.monotonic() - back:.1f} s after the database came back")
    assert producer.wait(60 * SLACK) == 0, installation.log("producer")
    installation.until(installation.is_quiet, seconds=35, what="the chains")
    assert_exactly_once(installation, count)
