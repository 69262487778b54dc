"""The supervisor with small programs in place of the real ones."""

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from abmops.embedded.child import LONGEST_PAUSE, STEADY_SECONDS, Child, Program
from abmops.embedded.supervisor import Failed, Supervisor

SLEEP = ["sleep", "600"]
# A busy machine is no fault; only what fails waits so long.
PATIENCE = 60.0


@pytest.fixture
def out() -> io.StringIO:
    """What the supervisor prints."""
    return io.StringIO()


@pytest.fixture
def supervisor(out: io.StringIO) -> Iterator[Supervisor]:
    """One that takes no signals, since they would be the test runner's."""
    made = Supervisor(out)
    yield made
    made.stop()
    made.close()


def turn_until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    """Turn the loop until `done`."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        supervisor.turn(0.02)


def pid(supervisor: Supervisor, number: int = 0) -> int:
    """The process id of a child."""
    process = supervisor.children[number].process
    assert process is not None
    return process.pid


def gone(number: int) -> bool:
    """True once a process has ended, reaped or not."""
    try:
        return psutil.Process(number).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_step_runs_to_its_end_and_its_lines_carry_its_name(
    supervisor: Supervisor, out: io.StringIO
) -> None:
    """Two steps run side by side."""
    supervisor.run(
        [Program("one", ["sh", "-c", "echo first; echo second >&2"]), Program("two", ["echo", "other"])]
    )
    assert {"one      | first", "one      | second", "two      | other"} == set(out.getvalue().splitlines())


def test_a_failing_step_is_named(supervisor: Supervisor) -> None:
    """The person reads which one, and finds its lines above."""
    with pytest.raises(Failed, match="“broken” failed"):
        supervisor.run([Program("fine", ["true"]), Program("broken", ["sh", "-c", "exit 3"])])


def test_a_killed_program_is_started_again(supervisor: Supervisor, out: io.StringIO) -> None:
    """By kill -9, as the kernel does when memory runs out."""
    supervisor.start([Program("part", SLEEP)])
    first = pid(supervisor)
    os.kill(first, signal.SIGKILL)
    turn_until(supervisor, lambda: supervisor.children[0].running() and pid(supervisor) != first)
    assert "ended with code -9; starting it again in 0.5 s" in out.getvalue()


def test_what_a_killed_master_leaves_behind_is_ended_before_it_starts_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """A web server's orphaned workers would hold the port."""
    note = tmp_path / "worker"
    supervisor.start([Program("master", ["sh", "-c", f"sleep 600 & echo $! > {note}; wait"])])
    turn_until(supervisor, lambda: note.exists() and note.read_text().endswith("\n"))
    worker = int(note.read_text())
    os.kill(pid(supervisor), signal.SIGKILL)
    turn_until(supervisor, lambda: gone(worker))


def test_stopping_asks_and_then_insists(supervisor: Supervisor, out: io.StringIO) -> None:
    """One that does not listen is killed when its time is up."""
    script = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(600)"
    )
    deaf = [sys.executable, "-c", script]
    supervisor.start([Program("polite", SLEEP), Program("deaf", deaf, patience=0.3)])
    turn_until(supervisor, lambda: "on" in out.getvalue())
    pids = [pid(supervisor, number) for number in (0, 1)]
    started = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - started < PATIENCE
    assert all(gone(number) for number in pids)
    assert "deaf     | did not end when asked; killing it" in out.getvalue()


def test_not_ready_in_time_names_who(supervisor: Supervisor) -> None:
    """Rather than wait for ever."""
    supervisor.start([Program("quick", SLEEP), Program("slow", SLEEP, ready=lambda: False)])
    with pytest.raises(Failed, match="Not up after 0 seconds: slow"):
        supervisor.wait_until_ready(seconds=0.2)


def test_pauses_grow_while_it_ends_early_and_start_over_once_it_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken program must not take the processor; a rare end is mended at once."""
    child = Child(Program("part", SLEEP))
    child.started = time.monotonic()
    assert [child.put_off() for _ in range(6)] == [0.5, 1, 2, 4, 8, LONGEST_PAUSE]
    monkeypatch.setattr(child, "started", time.monotonic() - STEADY_SECONDS - 1)
    assert child.put_off() == 0.5


def test_a_child_ends_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    """Nobody is left to end it, so the kernel does."""
    note = tmp_path / "child"
    script = (
        "import sys, time\n"
        "from abmops.embedded.child import Child, Program\n"
        "child = Child(Program('part', ['sleep', '600'])); child.start()\n"
        f"time.sleep(0.5); open({str(note)!r}, 'w').write(f'{{child.process.pid}}\\n'); time.sleep(600)\n"
    )
    parent = psutil.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    try:
        deadline = time.monotonic() + PATIENCE
        while not (note.exists() and note.read_text().endswith("\n")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child = int(note.read_text())
        assert not gone(child)
    finally:
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + PATIENCE
    while not gone(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)
