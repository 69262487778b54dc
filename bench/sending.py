"""Sending calls over a few kept connections, and holding the installation's workers still meanwhile."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from abmops.work.models import WorkItem
from bench.installation import Installation

CLIENTS = 8
HEADERS = {"Content-Type": "application/json", "Host": "localhost"}


def post(port: int, path: str, bodies: Sequence[bytes]) -> float:
    """Send the bodies as fast as they are taken; the seconds until the last answer. A checkpoint comes first."""
    checkpoint()
    failures: list[str] = []
    threads = [
        threading.Thread(target=_client, args=(port, path, bodies[n::CLIENTS], failures))
        for n in range(CLIENTS)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    return time.monotonic() - started


def _client(port: int, path: str, bodies: Sequence[bytes], failures: list[str]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body in bodies:
        link.request("POST", path, body, HEADERS)
        answer = link.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            failures.append(f"{path}: {answer.status} {said[:300]!r}")
            return
    link.close()


def checkpoint() -> None:
    """Force one, so that no turn pays for another's."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def until_drained() -> float:
    """Wait until the inbox is empty; the moment it was."""
    while WorkItem.objects.filter(kind="ingest").exists():
        time.sleep(0.01)
    return time.monotonic()


@contextmanager
def workers_held(installation: Installation) -> Iterator[None]:
    """Stop the installation's workers and tickers where they are, and let them go on afterwards."""
    assert installation.process is not None
    held = [pid for pid in _descendants(installation.process.pid) if _is_worker(pid)]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)


def _is_worker(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:  # a database connection that has just ended
        return False
    return "celery" in command or "ticker" in command
