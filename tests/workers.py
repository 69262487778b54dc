"""The suite on all cores: how many workers it gets, and which tests go to one of them together."""

from __future__ import annotations

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Folders whose files share servers that take long to start, or a browser: two of those at once keep each other waiting.
TOGETHER = ("tests/faults", "tests/browser")
# How many ordinary tests one of these is worth: what takes longest begins first, so that no worker is left with it.
WORTH = {
    "tests/faults": 200,
    "tests/embedded": 100,
    "tests/browser": 20,
    "tests/plays": 2,
    "tests/signals": 2,
}


class Sharing(LoadFileScheduling):  # type: ignore[misc]
    """A file, or a folder whose files share servers, goes to one worker; the longest that is left goes first."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.partition("::")[0].rpartition("/")[0]
        return folder if folder in TOGETHER else str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(max(self.workqueue, key=self._worth), last=False)
        super()._assign_work_unit(node)

    def _worth(self, scope: str) -> int:
        each = next((worth for folder, worth in WORTH.items() if scope.startswith(folder)), 1)
        return each * len(self.workqueue[scope])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: a worker a core, none on a single one; beyond four the longest folder takes as long alone."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 4) if cores > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing | None:
    """Unless another way was asked for with `--dist`."""
    return Sharing(config, log) if config.option.dist == "load" else None
