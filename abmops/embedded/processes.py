"""Starting and ending operating-system processes that are tied to this one."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

LAUNCHER = str(Path(__file__).with_name("launch.py"))


def launched(command: list[str], *, user: str | None = None, interrupt: bool = False) -> list[str]:
    """`command` as a child that ends when this process does; under `user` if given.

    `interrupt` ends it by SIGINT, which PostgreSQL takes as "now, and cleanly", instead of SIGTERM. Start it from the
    main thread: the kernel ties a child to the thread that made it.
    """
    options = ["--user", user] if user else []
    parent = [str(os.getpid()), *(["interrupt"] if interrupt else [])]
    return [sys.executable, "-I", "-S", LAUNCHER, *options, *parent, "--", *command]


def end(process: psutil.Process, *, patience: float = 10.0) -> None:
    """End a process that is not our child: ask first (SIGINT), then insist after `patience` seconds."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(patience)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(patience)
    except psutil.NoSuchProcess:
        pass


def end_group(pid: int) -> None:
    """Kill what is left of the process group that `pid` led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def wait_until(
    ready: Callable[[], bool], *, process: subprocess.Popen[bytes], seconds: float, what: str
) -> None:
    """Wait until `ready`, or raise RuntimeError when the process has ended or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with code {process.returncode} before it was ready.")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} was not ready within {seconds:.0f} seconds.")
        time.sleep(0.05)
