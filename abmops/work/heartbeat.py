"""A Celery worker says every ten seconds that it is alive, from its parent process, busy or idle."""

import logging
import time
from typing import Any

from celery.signals import heartbeat_sent, worker_ready
from django.db import Error as DatabaseError
from django.db import connection

from abmops.work.models import Worker
from abmops.work.services.beating import beat

log = logging.getLogger(__name__)

EVERY = 10.0

_last = float("-inf")


def _on_heartbeat(sender: Any = None, **kwargs: Any) -> None:
    """Celery's own heartbeat comes every two seconds; every fifth is enough. The connection is closed again,
    so that no child ever inherits it.
    """
    del kwargs
    global _last
    now = time.monotonic()
    if now - _last < EVERY:
        return
    _last = now
    try:
        beat(name=str(getattr(sender, "hostname", None) or "worker"), role=Worker.Role.WORKER)
    except DatabaseError as error:
        log.warning("The heartbeat could not be written: %s", error)
    finally:
        connection.close()


def listen() -> None:
    """Connect to Celery's signals; only a worker's parent process sends them."""
    worker_ready.connect(_on_heartbeat, dispatch_uid="work.ready")
    heartbeat_sent.connect(_on_heartbeat, dispatch_uid="work.heartbeat")
