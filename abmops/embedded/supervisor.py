"""Runs a set of programs, prints what they say, starts again what ended, and ends them all together.

One thread and one `select`: output, ended children and signals all wake the same loop.
"""

import io
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Self, TextIO

from abmops.embedded.child import Child, Program

NAME_WIDTH = 8
COLOURS = (36, 32, 33, 35, 34, 96, 92)


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


class Failed(Exception):
    """The programs cannot be brought up; the message says why."""


class Supervisor:
    """Owns the children. Use it as a context: leaving it ends them all."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.children: list[Child] = []
        self._out = out
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop = 0
        self._wake, self._waker = os.pipe()
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._known_names: list[str] = []

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        return self

    def close(self) -> None:
        """Give back what the loop itself holds."""
        self._selector.close()
        for end in (self._wake, self._waker):
            os.close(end)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        signal.set_wakeup_fd(-1)
        self.close()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked_to_stop += 1

    def say(self, name: str, text: str) -> None:
        """Print one line under a program's name."""
        if name not in self._known_names:
            self._known_names.append(name)
        prefix = f"{name:<{NAME_WIDTH}} |"
        if self._out.isatty():
            colour = COLOURS[self._known_names.index(name) % len(COLOURS)]
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            print(prefix, text, file=self._out, flush=True)
        except BrokenPipeError:  # nobody reads us any more, as after `| head`
            self._out = io.StringIO()
            self._asked_to_stop += 1

    def start(self, programs: Sequence[Program]) -> None:
        """Start programs and keep them running from now on."""
        for program in programs:
            child = Child(program)
            self.children.append(child)
            self._start(child)

    def _start(self, child: Child) -> None:
        child.start()
        self._selector.register(child.output(), selectors.EVENT_READ, child)

    def wait_until_ready(self, *, seconds: float) -> None:
        """Wait until every program answers.

        Raises:
            Failed: one has not answered in time; Stopped: somebody asked to stop meanwhile.
        """
        deadline = time.monotonic() + seconds
        while waiting := [child for child in self.children if not child.is_ready()]:
            if time.monotonic() > deadline:
                names = ", ".join(child.program.name for child in waiting)
                raise Failed(f"Not up after {seconds:.0f} seconds: {names}. Its last lines above say why.")
            self.turn(0.1)

    def run(self, programs: Sequence[Program]) -> None:
        """Run programs side by side to their end, with the others kept up meanwhile.

        Raises:
            Failed: one of them ended with an error.
        """
        once = [Child(program) for program in programs]
        try:
            for child in once:
                self._start(child)
            while any(child.running() for child in once):
                self.turn(0.05)
            for child in once:
                self._drain(child)
                if child.process is not None and child.process.returncode != 0:
                    raise Failed(f"The step “{child.program.name}” failed; its last lines above say why.")
        finally:
            self._end(once)

    def turn(self, seconds: float) -> None:
        """One turn of the loop: print what was said, start again what ended, at most `seconds` long.

        Raises:
            Stopped: somebody asked to stop.
        """
        self._print(seconds)
        if self._asked_to_stop:
            raise Stopped
        for child in self.children:
            if child.due is not None:
                if time.monotonic() >= child.due:
                    self._start(child)
            elif not child.running():
                self._drain(child)
                code = child.process.returncode if child.process is not None else None
                self._forget(child)
                pause = child.put_off()
                self.say(child.program.name, f"ended with code {code}; starting it again in {pause:g} s")

    def _print(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                os.read(self._wake, 512)
            else:
                self._print_lines(key.data)

    def _print_lines(self, child: Child) -> bool:
        lines = child.lines()
        if lines is None:
            self._selector.unregister(child.output())
            return False
        for line in lines:
            self.say(child.program.name, line)
        return bool(lines)

    def _drain(self, child: Child) -> None:
        while child.output() in self._selector.get_map() and self._print_lines(child):
            pass

    def _forget(self, child: Child) -> None:
        if child.process is None or child.process.stdout is None or child.process.stdout.closed:
            return
        if child.output() in self._selector.get_map():
            self._selector.unregister(child.output())
        child.clear()

    def stop(self) -> None:
        """End the children, the last started first; a second request to stop kills at once."""
        self._asked_to_stop = 0
        servers = [child for child in self.children if child.program.ends_on != signal.SIGTERM]
        self._end([child for child in self.children if child not in servers])
        self._end(servers)
        self.children.clear()

    def _end(self, children: Sequence[Child]) -> None:
        asked = time.monotonic()
        for child in reversed(children):
            if child.running() and child.process is not None:
                child.process.send_signal(child.program.ends_on)
        waiting: Callable[[], list[Child]] = lambda: [child for child in children if child.running()]  # noqa: E731
        while left := waiting():
            self._print(0.05)
            for child in left:
                late = time.monotonic() - asked > child.program.patience
                if (late or self._asked_to_stop) and child.process is not None:
                    self.say(child.program.name, "did not end when asked; killing it")
                    child.process.kill()
        for child in children:
            if (
                child.process is not None
                and child.process.stdout is not None
                and not child.process.stdout.closed
            ):
                self._drain(child)
            self._forget(child)
