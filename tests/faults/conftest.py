"""One installation for all fault tests of a run, empty before each; and the seed, printed."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation

SEED = int(os.environ.get("ABMOPS_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
os.environ["ABMOPS_FAULT_SEED"] = str(SEED)  # the workers of a run draw what its head says
# ABMOPS_FAULT_SCALE=10 makes ten times as many signals and faults.
SCALE = float(os.environ.get("ABMOPS_FAULT_SCALE", "1"))


def pytest_report_header() -> str:
    """A failing seed becomes a case: ABMOPS_FAULT_SEED=… repeats the plan."""
    return f"fault seed: {SEED}, scale: {SCALE:g}"


@pytest.fixture(scope="session")
def servers() -> Iterator[Installation]:
    """Servers of our own, which may be killed without harm to other tests."""
    data = Path(tempfile.mkdtemp(prefix="abmops-fault-"))
    installation = Installation(data)
    try:
        installation.start_servers()
        yield installation
    finally:
        installation.stop_all(servers=True)
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def installation(servers: Installation) -> Iterator[Installation]:
    """The installation, empty; every process but the servers ends with the test."""
    servers.clean()
    servers.kills = 0
    yield servers
    servers.stop_all()
    for name, start in (("postgres", servers.start_database), ("valkey", servers.start_broker)):
        if name not in servers.running:
            start()


@pytest.fixture
def plan() -> random.Random:
    """The source of all chance in a fault plan."""
    print(f"fault seed: {SEED}")
    return random.Random(SEED)


@pytest.fixture
def scale() -> float:
    """How much of everything."""
    return SCALE
