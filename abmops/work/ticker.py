"""Ticking without Celery: `manage.py ticker`, any number of times. With it the broker may be away."""

import logging
import os
import signal
import threading
import time
from collections.abc import Collection

from billiard import Process
from django.db import Error as DatabaseError
from django.db import connection

from abmops.work import services

log = logging.getLogger(__name__)

EVERY = 1.0
SECONDS_A_TURN = 5.0
HARD_LIMIT = 60.0


def _drain(lanes: tuple[str, ...]) -> None:
    # The parent's connection is let go and not closed: closing would end its session for the parent too.
    connection.connection = None
    try:
        services.drain_late(lanes, seconds=SECONDS_A_TURN)
    except DatabaseError as error:
        log.warning("The drain failed and is repeated: %s", type(error).__name__)
    finally:
        connection.close()


class Drainer:
    """Works through late lanes in a child process: an item that hangs or kills never stops the ticking."""

    def __init__(self) -> None:
        self._child: Process | None = None
        self._started = 0.0

    def take(self, lanes: Collection[str]) -> None:
        """Have these lanes drained, unless a turn is under way; the next tick asks again."""
        if self._child is not None and self._child.is_alive():
            if time.monotonic() - self._started < HARD_LIMIT:
                return
            log.error("A drain hung for %.0f seconds and was killed.", HARD_LIMIT)
            self.end()
        self._child = None
        if lanes:
            self._child = Process(target=_drain, args=(tuple(lanes),), daemon=True)
            self._started = time.monotonic()
            self._child.start()

    def end(self) -> None:
        """Stop the turn; what it held comes back when its leases run out."""
        if self._child is not None and self._child.is_alive():
            if self._child.pid is not None:
                os.kill(self._child.pid, signal.SIGKILL)
            self._child.join()


def tick_forever(*, name: str, stop: threading.Event, every: float = EVERY) -> None:
    """Tick each second until `stop`. A database that is away is asked again a second later."""
    drainer = Drainer()
    try:
        while True:
            try:
                drainer.take(services.tick(by=name).late)
            except DatabaseError as error:
                log.warning("The tick failed and is repeated: %s", type(error).__name__)
                connection.close()
            if stop.wait(every):
                return
    finally:
        drainer.end()
