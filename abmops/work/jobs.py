"""The background edge: what Celery calls. A lost message loses nothing; a message too many finds nothing to
do.
"""

import socket
import time

from celery import shared_task

from abmops.work import nudge, services

# Well under Celery's soft limit, so that a drain ends by itself and gives other lanes their turn.
SECONDS = 10.0
SECONDS_IN_A_TICK = 3.0


@shared_task(name=nudge.DRAIN, ignore_result=True)
def drain(lane: str) -> int:
    """Work through a lane; with work left when the time is up, ask for another turn."""
    nudge.heard(lane)
    deadline = time.monotonic() + SECONDS
    ended = services.drain(lane, deadline)
    if time.monotonic() >= deadline:
        nudge.nudge(lane)
    return ended


@shared_task(name="abmops.work.jobs.tick", ignore_result=True)
def tick() -> None:
    """One tick, and the lanes that wait too long or cannot be told."""
    done = services.tick(by=f"tick@{socket.gethostname()}")
    if done.late:
        services.drain_late(done.late, seconds=SECONDS_IN_A_TICK)
