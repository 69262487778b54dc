"""An installation of its own for the fault tests: servers that may be killed, and processes that will be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import redis

from abmops.embedded import postgres, processes, valkey
from abmops.embedded.home import Home

PROJECT = Path(__file__).resolve().parents[2]
LANES = "ingest,react,deliver,bulk,tick"
TABLES = """
CREATE TABLE IF NOT EXISTS signal_in (chain bigint PRIMARY KEY, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS effect (chain bigint, step text, pid int, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS slot_effect (at timestamptz);
"""
# How much longer than on a machine of its own anything may take before it counts as a failure.
SLACK = 4
CLEAN = "TRUNCATE signal_in, effect, slot_effect, work_workitem, work_periodicrun, work_worker"


class Installation:
    """PostgreSQL, Valkey without persistence (losing every message must be harmless), and processes by
    name."""

    def __init__(self, data: Path) -> None:
        self.home = Home.at(data)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0

    # --- servers ---

    def start_servers(self) -> None:
        """Both, and the schema."""
        self.home.create()
        self.start_database()
        self.start_broker()
        self._wait(self.spawn("migrate", [sys.executable, "-m", "django", "migrate", "--verbosity=0"]))
        self.sql(TABLES)

    def start_database(self) -> None:
        """PostgreSQL, after whatever happened to it."""
        postgres.prepare(self.home)
        command = postgres.command(self.home, fsync="off", shared_buffers="64MB", log_min_messages="panic")
        self._serve(
            "postgres",
            processes.launched(command, user=postgres.user(), interrupt=True),
            lambda: postgres.is_ready(self.home),
        )

    def start_broker(self) -> None:
        """Valkey with nothing on disk: a restart forgets everything."""
        valkey.prepare(self.home)
        command = [*valkey.command(self.home), "--appendonly", "no"]
        self._serve("valkey", processes.launched(command), lambda: valkey.is_ready(self.home))

    def _serve(self, name: str, command: list[str], ready: Callable[[], bool]) -> None:
        process = self._popen(name, command)
        processes.wait_until(ready, process=process, seconds=30 * SLACK, what=name)

    # --- processes ---

    def spawn(self, name: str, command: Sequence[str], **environment: str) -> subprocess.Popen[bytes]:
        """Start a process of the program under `name`."""
        return self._popen(name, processes.launched(list(command)), **environment)

    def _popen(self, name: str, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        inherited = {
            key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}
        }
        with (self.home.data / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=PROJECT,
                env={
                    **inherited,
                    "ABMOPS_DATA_DIR": str(self.home.data),
                    "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
                    "PYTHONPATH": str(PROJECT),
                    "PYTHONWARNINGS": "ignore",
                    "ABMOPS_PROCESS": "worker",
                    **environment,
                },
            )
        self.running[name] = process
        return process

    def worker(self, name: str, *, pool: str = "solo", lanes: str = LANES, **environment: str) -> None:
        """A real Celery worker of the real application."""
        command = [sys.executable, "-m", "celery", "-A", "tests.faults.program", "--quiet", "worker"]
        command += [
            "-Q",
            lanes,
            "-n",
            f"{name}@%h",
            "--pool",
            pool,
            "--concurrency",
            "2",
            "--loglevel",
            "WARNING",
        ]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.spawn(name, command, **environment)

    def ticker(self, name: str) -> None:
        """A real ticker."""
        self.spawn(name, [sys.executable, "-m", "tests.faults.program", "tick"])

    def beat(self, name: str = "beat") -> None:
        """A real Celery beat."""
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "tests.faults.program",
            "--quiet",
            "beat",
            "--pidfile=",
        ]
        self.spawn(name, [*command, "--schedule", str(self.home.data / f"{name}.schedule")])

    def producer(self, count: int, a_second: float, *, naive: bool = False) -> subprocess.Popen[bytes]:
        """The client; `report()` has what it saw once it has ended."""
        for left in ("report.json", "enough"):
            (self.home.data / left).unlink(missing_ok=True)
        verb = "produce-naively" if naive else "produce"
        arguments = [verb, str(count), str(a_second), str(self.home.data / "report.json")]
        return self.spawn("producer", [sys.executable, "-m", "tests.faults.program", *arguments])

    def enough(self) -> int:
        """Have the client stop and wait for it; how many signals were accepted."""
        (self.home.data / "enough").touch()
        if self.running["producer"].wait(300) != 0:
            raise AssertionError(self.log("producer"))
        return int(self.report()["accepted"])

    def report(self) -> dict[str, Any]:
        """What the client saw."""
        report: dict[str, Any] = json.loads((self.home.data / "report.json").read_text())
        return report

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all it started: no cleaning up."""
        process = self.running.pop(name)
        family = [process.pid]
        with suppress(psutil.NoSuchProcess):
            family += [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(10 * SLACK)
        self.kills += 1

    def kill_database(self) -> None:
        """What `pg_ctl stop -m immediate` does: every session dies at once, recovery at the next start."""
        process = self.running.pop("postgres")
        process.send_signal(signal.SIGQUIT)
        process.wait(10 * SLACK)
        self.kills += 1

    def stop_all(self, *, servers: bool = False) -> None:
        """End every process; the servers too if asked."""
        kept = set() if servers else {"postgres", "valkey"}
        for name in [name for name in self.running if name not in kept]:
            self.kill(name)
        self.kills = 0

    def _wait(self, process: subprocess.Popen[bytes], seconds: float = 60 * SLACK) -> None:
        if process.wait(seconds) != 0:
            raise RuntimeError(self.log("migrate"))

    def log(self, name: str) -> str:
        """The last lines of a process's output."""
        return (self.home.data / f"{name}.log").read_text(errors="replace")[-4_000:]

    # --- what the tests look at ---

    def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own, as a bystander."""
        connection = psycopg2.connect(self.home.database_url, connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def clean(self) -> None:
        """Empty tables and an empty broker."""
        self.sql(CLEAN)
        client = redis.Redis(unix_socket_path=str(self.home.valkey_socket))
        client.flushall()
        client.close()

    def until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Wait for a condition; how long it took. `seconds` is enough for it where nothing else runs."""
        start = time.monotonic()
        while not condition():
            if time.monotonic() - start > seconds * SLACK:
                logs = "".join(f"\n--- {name}\n{self.log(name)}" for name in self.running)
                raise AssertionError(f"Not within {seconds * SLACK:.0f} s: {what}. {self.state()}{logs}")
            time.sleep(0.05)
        return time.monotonic() - start

    def is_at_work(self, name: str = "") -> bool:
        """Effects were written in the last half second: by the process `name` and its children, or by any."""
        recent = "SELECT 1 FROM effect WHERE at > clock_timestamp() - interval '0.5 s'"
        if not name:
            return bool(self.sql(f"{recent} LIMIT 1"))
        process = psutil.Process(self.running[name].pid)
        family = [process.pid, *(child.pid for child in process.children(recursive=True))]
        return bool(self.sql(f"{recent} AND pid = ANY(%s) LIMIT 1", family))

    def state(self) -> str:
        """The list, in a line."""
        rows = self.sql(
            "SELECT kind, state, count(*), max(attempts) FROM work_workitem GROUP BY 1, 2 ORDER BY 1, 2"
        )
        effects = self.sql("SELECT step, count(*), count(DISTINCT chain) FROM effect GROUP BY 1 ORDER BY 1")
        return f"work: {rows}; effects: {effects}"

    def is_quiet(self) -> bool:
        """Nothing of the chain is left to do."""
        kinds = "('evaluate', 'enroll', 'step', 'webhook', 'poison')"
        return not self.sql(f"SELECT 1 FROM work_workitem WHERE kind IN {kinds} AND state <> 'dead' LIMIT 1")
