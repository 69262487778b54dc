"""The background edge: what Celery calls. A lost message loses nothing; one too many finds nothing to do."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.db import Error as DatabaseError
from django.db import connection

from abmops.work import nudge, services
from abmops.work.kinds import Lane

log = logging.getLogger(__name__)

# Well under Celery's soft limit, so that a drain ends by itself and gives other lanes their turn.
SECONDS = 10.0
SECONDS_IN_A_TICK = 3.0
QUICK = (Lane.REACT.value, Lane.INGEST.value)
# What signals set off goes before the next signals: under a steady stream every worker is at the inbox all the time.
FIRST = {Lane.INGEST.value: (Lane.REACT.value,)}


@contextmanager
def _database_may_go(what: str) -> Iterator[None]:
    """A database that goes away ends the job in a line: what it held comes back, and the tick asks again."""
    try:
        yield
    except DatabaseError as error:
        log.warning("%s ended early: %s", what, type(error).__name__)
        connection.close()


@shared_task(name=nudge.DRAIN, ignore_result=True)
def drain(lane: str) -> int:
    """Work through a lane; with work left when the time is up, ask for another turn."""
    ended = 0
    nudge.heard(lane)
    deadline = time.monotonic() + SECONDS
    with _database_may_go(f"The drain of {lane}"):
        ended = services.drain(lane, deadline, letting=FIRST.get(lane, ()))
    if time.monotonic() >= deadline:
        nudge.nudge(lane)
    return ended


@shared_task(name="abmops.work.jobs.tick", ignore_result=True)
def tick() -> None:
    """One tick, and the quick lanes that wait too long or cannot be told.

    The slow ones have processes of their own, and the ticker: a tick that took them up would hold a quick process for
    as long as their work lasts.
    """
    with _database_may_go("The tick"):
        done = services.tick(by=f"tick@{socket.gethostname()}")
        if late := [lane for lane in done.late if lane in QUICK]:
            services.drain_late(late, seconds=SECONDS_IN_A_TICK)
