"""A whole installation for the benchmarks: the same supervisor that `make run` uses, in a directory of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Installation:
    """Started on entry, empty of accounts; stopped on exit."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {
            **os.environ,
            "ABMOPS_DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "ABMOPS_SAMPLE": "0",
        }
        log = (self.data / "bench.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "abmops.embedded"],
            cwd=PROJECT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait(120)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError((self.data / "bench.log").read_text()[-2000:])
            if is_healthy(self.port):
                return
            time.sleep(0.2)
        raise RuntimeError(
            "The installation did not come up: " + (self.data / "bench.log").read_text()[-2000:]
        )


def is_healthy(port: int, path: str = "/healthz") -> bool:
    """Whether a server answers below 500."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
