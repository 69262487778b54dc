"""The programs of one installation, in the order they come up."""

import http.client
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from abmops.embedded import postgres, valkey
from abmops.embedded.child import Program
from abmops.embedded.home import Home

PROJECT = Path(__file__).resolve().parent.parent.parent
WEB_WORKERS = 2
WEB_THREADS = 4
# For glibc: what a batch of signals has freed is kept for the next one (up to 64 MB a process). Given back and asked
# for again it cost tens of thousands of page faults a second at 4,000 signals a second.
KEEPS_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "MALLOC_TOP_PAD_": "16777216",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """Where it lives, where it listens, and which servers are its own."""

    home: Home
    host: str
    port: int
    own_database: bool
    own_broker: bool
    sample: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Installation":
        """Read the variables that `.env.example` explains; a relative data directory lies in the project."""
        return cls(
            home=Home.at(PROJECT / (environment.get("ABMOPS_DATA_DIR") or ".abmops")),
            host=environment.get("HOST") or "127.0.0.1",
            port=int(environment.get("PORT") or "8000"),
            own_database=not environment.get("DATABASE_URL"),
            own_broker=not environment.get("REDIS_URL"),
            sample=environment.get("ABMOPS_SAMPLE", "1") not in ("", "0", "false", "no"),
        )

    @property
    def address(self) -> str:
        """Where a person points the browser."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::") else self.host  # noqa: S104  (compared)
        return f"http://{host}:{self.port}/"

    def _environment(self, process: str) -> dict[str, str]:
        return {
            "ABMOPS_PROCESS": process,
            "ABMOPS_DATA_DIR": str(self.home.data),
            "DJANGO_SETTINGS_MODULE": "abmops.settings",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")])),
            "PYTHONUNBUFFERED": "1",
        }

    def servers(self) -> list[Program]:
        """The embedded servers; none where the environment names others."""
        home = self.home
        database = Program(
            name="postgres",
            command=postgres.command(home),
            environment=KEEPS_MEMORY,
            prepare=lambda: postgres.prepare(home),
            ready=lambda: postgres.is_ready(home),
            user=postgres.user(),
            ends_on=signal.SIGINT,
            hushed="the database system is starting up",  # our own question, asked too early
        )
        broker = Program(
            name="valkey",
            command=valkey.command(home),
            prepare=lambda: valkey.prepare(home),
            ready=lambda: valkey.is_ready(home),
            ends_on=signal.SIGINT,
            hushed="vm.overcommit_memory",  # for gigabytes of data; ours is hints
        )
        return [database] * self.own_database + [broker] * self.own_broker

    def command(self, name: str, *arguments: str, process: str = "command") -> Program:
        """One management command."""
        return Program(
            name=name,
            command=[sys.executable, str(PROJECT / "manage.py"), *arguments],
            environment=self._environment(process),
            patience=3,
        )

    def parts(self) -> list[Program]:
        """Web, workers and beat. Slow lanes have a worker of their own, so that a hanging CRM never delays a play."""
        return [
            self._web(),
            self._worker("fast", "ingest,react,tick", processes=2),
            self._worker("slow", "deliver,bulk,tick", processes=1),
            Program(
                name="beat",
                command=[*self._celery(), "beat", "--loglevel=WARNING", "--pidfile="],
                environment=self._environment("beat"),
                patience=8,
            ),
            # Ticks as beat does, but without the broker: with it away, work is slower and nothing stops.
            self.command("ticker", "ticker", process="worker"),
        ]

    def _web(self) -> Program:
        command = [
            sys.executable, "-m", "granian", "abmops.wsgi:application", "--interface", "wsgi", "--no-ws", "--http", "1",
            "--host", self.host, "--port", str(self.port), "--workers", str(WEB_WORKERS),
            "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers", "--respawn-interval", "1",
            "--workers-kill-timeout", "5", "--log-level", "warning",
        ]  # fmt: skip
        return Program(
            name="web",
            command=command,
            environment=self._environment("web"),
            ready=self.is_healthy,
            patience=8,
        )

    def _worker(self, name: str, lanes: str, *, processes: int) -> Program:
        command = [
            *self._celery(), "worker", f"--queues={lanes}", f"--concurrency={processes}", f"--hostname={name}@%h",
            "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]  # fmt: skip
        # Celery warns against root for pickle's sake; our messages are JSON.
        environment = {
            **self._environment("worker"),
            **KEEPS_MEMORY,
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
        return Program(name=name, command=command, environment=environment, patience=8)

    def _celery(self) -> list[str]:
        return [sys.executable, "-m", "celery", "--app=abmops", f"--workdir={PROJECT}", "--quiet"]

    def is_healthy(self) -> bool:
        """True once /healthz answers 200 through the web server."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "localhost") else self.host  # noqa: S104  (compared)
        connection = http.client.HTTPConnection(host, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (http.client.HTTPException, OSError):
            return False
        finally:
            connection.close()
