"""One program that the supervisor keeps running."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from signal import SIGTERM, Signals

from abmops.embedded import processes

# A program that ended is started again after 0.5, 1, 2, 4, then every 8 seconds ...
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
# ... until it has run this long.
STEADY_SECONDS = 30.0


def _nothing() -> None:
    """Most programs need nothing before they start."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to end it."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = _nothing  # before each start
    ready: Callable[[], bool] | None = None
    user: str | None = None
    ends_on: Signals = SIGTERM
    patience: float = 10.0  # seconds between being asked and being killed
    hushed: str | None = None  # lines with this text are advice for another kind of installation


class Child:
    """A running program: its process, its output, and how often it had to be started again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self.started = 0.0
        self.due: float | None = None  # when to start it again (monotonic seconds)
        self._rest = b""
        self._answered = False  # since its last start

    def start(self) -> None:
        """Start it, with its output on a pipe that never blocks us."""
        self.program.prepare()
        self.process = subprocess.Popen(
            processes.launched(
                self.program.command, user=self.program.user, interrupt=self.program.ends_on != SIGTERM
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **self.program.environment},
        )
        os.set_blocking(self.output(), False)
        self.started = time.monotonic()
        self.due = None
        self._answered = False

    def output(self) -> int:
        """The descriptor of its output."""
        if self.process is None or self.process.stdout is None:
            raise RuntimeError(f"{self.program.name} is not running.")
        return self.process.stdout.fileno()

    def lines(self) -> list[str] | None:
        """The whole lines it has written since the last call; None once it has closed its output."""
        try:
            read = os.read(self.output(), 65_536)
        except BlockingIOError:
            return []
        if not read:
            return None
        *whole, self._rest = (self._rest + read).split(b"\n")
        texts = [line.decode(errors="replace").rstrip() for line in whole]
        return [text for text in texts if self.program.hushed is None or self.program.hushed not in text]

    def running(self) -> bool:
        """True while its process lives."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """True once it answers, or runs if it has no way to say so."""
        if not self.running():
            return False
        self._answered = self._answered or self.program.ready is None or self.program.ready()
        return self._answered

    def put_off(self) -> float:
        """Plan the next start and return the pause in seconds, longer each time it ends early."""
        if time.monotonic() - self.started > STEADY_SECONDS:
            self.restarts = 0
        pause = min(FIRST_PAUSE * 2.0**self.restarts, LONGEST_PAUSE)
        self.restarts += 1
        self.due = time.monotonic() + pause
        return pause

    def clear(self) -> None:
        """Kill the workers that a killed master left behind, and forget the process."""
        if self.process is None:
            return
        processes.end_group(self.process.pid)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._rest = b""
