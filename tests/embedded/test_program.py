"""The whole program as `make run` starts it: up, kept up through kills, and gone without a trace when asked."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from abmops.embedded.home import Home
from abmops.embedded.steps import sign_ins
from tests.ports import free_port

pytestmark = pytest.mark.process
PROJECT = Path(__file__).parents[2]
# Enough for a machine that runs other tests beside this one.
PATIENCE = 180.0


def wait_for(what: Callable[[], bool], why: Callable[[], str] = str) -> None:
    """Wait until `what`, or fail with `why`."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            pytest.fail(f"Not within {PATIENCE} seconds. {why()}")
        time.sleep(0.1)


@dataclass
class Program:
    """One start of the program."""

    data: Path
    port: int
    process: psutil.Popen
    log: Path

    @classmethod
    def start(cls, data: Path, port: int, log: Path) -> "Program":
        """Start it and return at once."""
        environment = {
            **{
                name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
            },
            "ABMOPS_DATA_DIR": str(data),
            "PORT": str(port),
            "ABMOPS_SAMPLE": "0",
        }
        command = [sys.executable, "-m", "abmops.embedded"]
        with log.open("wb") as out:
            process = psutil.Popen(
                command, cwd=PROJECT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )
        return cls(data, port, process, log)

    def said(self) -> str:
        """All it has printed."""
        return self.log.read_text()

    def wait_until_up(self) -> None:
        """Wait for its address."""
        wait_for(lambda: "is up at" in self.said() or self.process.poll() is not None, self.said)
        assert self.process.poll() is None, self.said()

    def children(self) -> list[psutil.Process]:
        """Everything it has started, and what that has started."""
        found: list[psutil.Process] = self.process.children(recursive=True)
        return found

    def part(self, words: str) -> psutil.Process:
        """The child whose command line holds `words`."""
        (found,) = [child for child in self.process.children() if words in " ".join(child.cmdline())]
        return found

    def health(self) -> int:
        """The status of /healthz; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=PATIENCE) as answer:
                return int(answer.status)
        except OSError:
            return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a space in its path."""
    return tmp_path_factory.mktemp("two words")


@pytest.fixture
def program(folder: Path) -> Iterator[Program]:
    """The program, up; killed afterwards if the test has left it running."""
    started = Program.start(folder / "data", free_port(), folder / "log")
    try:
        started.wait_until_up()
        yield started
    finally:
        left = started.children() if started.process.poll() is None else []
        for process in [*left, *([started.process] if left else [])]:
            process.kill()
        started.process.wait()


def is_gone(program: Program, pid: int) -> bool:
    """True once a part's first process is no more."""
    return pid not in [child.pid for child in program.process.children()]


def all_gone(processes: list[psutil.Process]) -> bool:
    """True once none of them runs."""
    return not psutil.wait_procs(processes, timeout=0)[1]


def test_it_comes_up_stays_up_and_ends_without_a_trace(program: Program) -> None:
    """One story, since a start costs seconds: parts killed, a rival turned away, SIGTERM."""
    assert program.health() == 200
    assert f"http://localhost:{program.port}/" in program.said()

    rival = Program.start(program.data, free_port(), program.log.with_name("rival"))
    assert rival.process.wait(PATIENCE) == 1
    assert re.search(rf"Already running: process {program.process.pid} at \S+{program.port}", rival.said())

    parts = len(program.process.children())
    for words in ("--queues=ingest", " granian ", " beat ", "valkey-server"):
        victim = program.part(words)
        victim.kill()
        wait_for(partial(is_gone, program, victim.pid), program.said)
    wait_for(lambda: len(program.process.children()) == parts, program.said)
    wait_for(lambda: program.health() == 200, program.said)

    everything = program.children()
    assert len(everything) > parts
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(PATIENCE) == 0
    assert all_gone(everything)
    assert "did not end when asked" not in program.said()


def test_killed_with_everything_on_it_starts_again_with_its_data(program: Program, folder: Path) -> None:
    """kill -9 on the supervisor: the kernel ends its children, and nothing they leave stops the next start."""
    key = Home.at(program.data).secret_key()
    everything = program.children()
    program.process.kill()
    program.process.wait()
    wait_for(lambda: all_gone(everything), program.said)

    again = Program.start(program.data, program.port, folder / "again")
    try:
        again.wait_until_up()
        assert Home.at(program.data).secret_key() == key
        assert again.health() == 200
    finally:
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(PATIENCE) == 0


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    """Rather than after a minute of restarts."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        program = Program.start(tmp_path / "data", holder.getsockname()[1], tmp_path / "log")
        assert program.process.wait(PATIENCE) == 1
    assert "is not free" in program.said()
    assert not (tmp_path / "data" / "postgres").exists()


def test_the_sign_ins_of_the_sample_are_shown(tmp_path: Path) -> None:
    """From the file that `manage.py sample` leaves; none without it."""
    home = Home.at(tmp_path)
    assert sign_ins(home) == []
    people = [{"role": "rep", "email": "rep@example.com", "password": "a-long-one"}]
    home.sign_in.write_text(json.dumps(people))
    assert sign_ins(home) == people
