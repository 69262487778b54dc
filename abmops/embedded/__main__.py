"""`python -m abmops.embedded`: the whole program under one supervisor, until Ctrl-C."""

import fcntl
import os
import socket
import sys
import time
from contextlib import ExitStack
from typing import IO

import environ

from abmops.embedded import steps
from abmops.embedded.programs import PROJECT, Installation
from abmops.embedded.supervisor import Failed, Stopped, Supervisor

SECONDS_TO_START = 180.0


def main() -> int:
    """Bring everything up, say where, and keep it up; the exit code is 0 when asked to stop."""
    environ.Env.read_env(PROJECT / ".env")
    installation = Installation.from_environment(os.environ)
    with ExitStack() as stack:
        try:
            started = time.monotonic()
            stack.enter_context(_claim(installation))
            _check_port(installation)
            supervisor = stack.enter_context(Supervisor())
            supervisor.start(installation.servers())
            supervisor.wait_until_ready(seconds=SECONDS_TO_START)
            steps.prepare(supervisor, installation)
            supervisor.start(installation.parts())
            supervisor.wait_until_ready(seconds=SECONDS_TO_START)
            _welcome(supervisor, installation, seconds=time.monotonic() - started)
            while True:
                supervisor.turn(1.0)
        except Stopped:
            return 0
        except Failed as reason:
            print(f"abmops: {reason}", file=sys.stderr)
            return 1


def _claim(installation: Installation) -> IO[str]:
    """Hold the data directory until we end; the kernel gives it back however we end, so no lock is ever stale."""
    installation.home.create()
    lock = (installation.home.data / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise Failed(
            f"Already running: {holder}. Set ABMOPS_DATA_DIR and PORT to run another beside it."
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()} at {installation.address}")
    lock.flush()
    return lock


def _check_port(installation: Installation) -> None:
    family = socket.AF_INET6 if ":" in installation.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((installation.host, installation.port))
        except OSError as error:
            raise Failed(
                f"Port {installation.port} is not free ({error.strerror}). Set PORT to another one."
            ) from None


def _welcome(supervisor: Supervisor, installation: Installation, *, seconds: float) -> None:
    by_role = {person["role"]: person for person in reversed(steps.sign_ins(installation.home))}
    people = reversed(by_role.values())
    rows = [f"    {person['role']:<10} {person['email']}  {person['password']}" for person in people]
    lines = [
        "",
        f"abmops is up at {installation.address} after {seconds:.1f} s",
        *(["Sign in as", *rows, f"  (everybody: {installation.home.sign_in})"] if rows else []),
        "Ctrl-C stops it.",
        "",
    ]
    for line in lines:
        supervisor.say("abmops", line)


if __name__ == "__main__":
    sys.exit(main())
