"""Workers killed at every commit boundary of a delivery: each message arrives, under one id, and counts once."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import SLACK, Installation
from tests.plays.surfaces.receiver import Receiver, receiving

pytestmark = pytest.mark.fault

COUNT = 24
REAL = {
    "DJANGO_SETTINGS_MODULE": "abmops.settings",
    "ALLOWED_PRIVATE_TARGETS": "127.0.0.0/8",
    "SURFACE_KEY": "of the fault run",
}
POINTS = (
    "after_claim",
    "before_effect",
    "deliver.before_take",
    "deliver.before_send",
    "deliver.after_send",
    "deliver.before_settle",
    "after_effect",
    "after_commit",
)
# A kill after the call and before its end is written sends once more; elsewhere nothing goes twice.
SENT_BEFORE_THE_KILL = {"deliver.after_send", "deliver.before_settle"}


@pytest.fixture(scope="module")
def outgoing() -> Iterator[tuple[Installation, Receiver, str]]:
    """An installation with its enrollments, and the receiver of their first steps."""
    data = Path(tempfile.mkdtemp(prefix="abmops-outgoing-"))
    installation = Installation(data)
    try:
        installation.home.create()
        installation.start_database()
        installation.start_broker()
        with receiving() as receiver:
            run(installation, "migrate", "-m", "django", "migrate", "--verbosity=0")
            run(installation, "setup", "-m", "tests.faults.outgoing", "setup", receiver.url, str(COUNT))
            found = re.search(r"secret (whsec_\S+)", installation.log("setup"))
            assert found, installation.log("setup")
            yield installation, receiver, found[1]
    finally:
        installation.stop_all(servers=True)
        shutil.rmtree(data, ignore_errors=True)


def run(installation: Installation, name: str, *arguments: str) -> None:
    """A command of the program, to its end."""
    process = installation.spawn(name, [sys.executable, *arguments], **REAL | {"ABMOPS_PROCESS": "command"})
    assert process.wait(120 * SLACK) == 0, installation.log(name)


def test_killed_at_every_boundary_each_message_arrives_under_one_id_and_counts_once(
    outgoing: tuple[Installation, Receiver, str],
) -> None:
    installation, receiver, secret = outgoing
    command = [sys.executable, "-m", "tests.faults.outgoing", "work"]
    for point in POINTS:
        process = installation.spawn(point, command, **REAL, ABMOPS_CRASH_AT=f"{point}:2")
        assert process.wait(60 * SLACK) == -signal.SIGKILL, f"{point}: {installation.log(point)}"
    survivor = installation.spawn("survivor", command, **REAL)
    assert survivor.wait(120 * SLACK) == 0, installation.log("survivor")

    steps = [
        call
        for call, said in zip(receiver.calls, receiver.verified(secret), strict=True)
        if said["type"] == "step.action"
    ]
    times = Counter(call.id for call in receiver.calls)
    assert len({call.id for call in steps}) == COUNT
    assert len(times) == 2 * COUNT
    assert sum(times.values()) <= 2 * COUNT + len(SENT_BEFORE_THE_KILL)
    bodies = {
        call.id: {other.body for other in receiver.calls if other.id == call.id} for call in receiver.calls
    }
    assert {len(found) for found in bodies.values()} == {1}

    sql = installation.sql
    assert sql("SELECT type, state, count(*) FROM plays_delivery GROUP BY 1, 2 ORDER BY 1") == [
        ("enrollment.created", "sent", COUNT),
        ("step.action", "sent", COUNT),
    ]
    ids = {str(pk) for (pk,) in sql("SELECT id::text FROM plays_delivery")}
    assert ids == set(times)
    assert sql("SELECT count(*), count(DISTINCT external_id) FROM accounts_touch") == [(COUNT, COUNT)]
    assert sql("SELECT key, state, count(*) FROM plays_steprun GROUP BY 1, 2 ORDER BY 1") == [
        ("look", "open", COUNT),
        ("send", "done", COUNT),
    ]
    assert sql("SELECT count(*) FROM plays_task WHERE state = 'open'") == [(COUNT,)]
    assert sql("SELECT count(*) FROM work_workitem WHERE state = 'dead'") == [(0,)]
    unended = sql("SELECT count(*) FROM plays_deliveryattempt WHERE ended_at IS NULL")[0][0]
    assert 1 <= unended <= len(POINTS)
