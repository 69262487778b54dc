"""Sending calls over a few kept connections, and holding the installation's workers still meanwhile."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.db import connection

from abmops.work.models import WorkItem
from bench.installation import Installation

CLIENTS = 8


class Link:
    """A kept connection. It reads no more of an answer than it must: what the sender costs, the server has not."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The status and what the answer says."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        head_said, _, content = self._until(b"", b"\r\n\r\n").partition(b"\r\n\r\n")
        if found := _LENGTH.search(head_said):
            while len(content) < int(found[1]):
                content = self._more(content)
        else:  # in pieces, of which the last one is empty
            content = self._until(content, b"0\r\n\r\n")
        return int(head_said[9:12]), content

    def close(self) -> None:
        self._socket.close()

    def _until(self, said: bytes, mark: bytes) -> bytes:
        while mark not in said:
            said = self._more(said)
        return said

    def _more(self, said: bytes) -> bytes:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionError(f"The server hung up after {said[:300]!r}")
        return said + piece


_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


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
    link = Link(port)
    for body in bodies:
        status, said = link.post(path, body)
        if status not in (200, 201):
            failures.append(f"{path}: {status} {said[:300]!r}")
            return
    link.close()


def processor(installation: Installation) -> dict[str, float]:
    """The seconds of processor that each part of the installation has taken so far, and this process."""
    assert installation.process is not None
    spent = {"load": time.process_time()}
    for process in psutil.Process(installation.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            command = " ".join(process.cmdline())
            part = next((part for part, word in PARTS.items() if word in command), "others")
            times = process.cpu_times()
            # With what has ended by now, which its parent waited for.
            spent[part] = spent.get(part, 0.0) + sum(times[:4])
    return spent


PARTS = {"workers": "celery", "postgres": "postgres", "web": "granian", "broker": "valkey"}


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
