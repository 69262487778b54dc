"""Ticking without Celery: `manage.py ticker`, any number of times. With it the broker may be away."""

import logging
import threading
from collections.abc import Collection

from django.db import Error as DatabaseError
from django.db import connection

from abmops.work import services

log = logging.getLogger(__name__)

EVERY = 1.0
SECONDS_A_TURN = 5.0


class Drainer(threading.Thread):
    """Works through late lanes, so that a slow item does not hold up the next tick."""

    def __init__(self) -> None:
        super().__init__(name="drainer", daemon=True)
        self._lanes: tuple[str, ...] = ()
        self._asked = threading.Event()

    def take(self, lanes: Collection[str]) -> None:
        """Have these lanes drained, unless a turn is under way; the next tick asks again."""
        if lanes and not self._asked.is_set():
            self._lanes = tuple(lanes)
            self._asked.set()

    def run(self) -> None:
        """Wait to be asked, work, rest."""
        while True:
            self._asked.wait()
            try:
                services.drain_late(self._lanes, seconds=SECONDS_A_TURN)
            except DatabaseError as error:
                log.warning("The drain failed and is repeated: %s", error)
            finally:
                connection.close()
                self._asked.clear()


def tick_forever(*, name: str, stop: threading.Event, every: float = EVERY) -> None:
    """Tick each second until `stop`. A database that is away is asked again a second later."""
    drainer = Drainer()
    drainer.start()
    while True:
        try:
            drainer.take(services.tick(by=name).late)
        except DatabaseError as error:
            log.warning("The tick failed and is repeated: %s", error)
            connection.close()
        if stop.wait(every):
            return
