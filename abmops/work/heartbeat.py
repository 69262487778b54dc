"""Every process of a Celery worker says each ten seconds that it lives, busy or idle."""

import logging
import threading
from typing import Any

from billiard import current_process
from celery.signals import celeryd_init, worker_process_init, worker_process_shutdown
from django.db import Error as DatabaseError
from django.db import connection

from abmops.work.models import Worker
from abmops.work.services.beating import beat

log = logging.getLogger(__name__)

EVERY = 10.0

_node = "worker"
_stop = threading.Event()


def _on_worker(sender: str, **kwargs: Any) -> None:
    """The parent learns its name before it forks."""
    del kwargs
    global _node
    _node = sender


def _on_process(**kwargs: Any) -> None:
    """In each child, never in the parent: a thread there would be forked in the middle of whatever it does."""
    del kwargs
    name = f"{_node}/{getattr(current_process(), 'index', 0)}"
    threading.Thread(target=_keep_beating, args=[name], name="heartbeat", daemon=True).start()


def _on_process_end(**kwargs: Any) -> None:
    del kwargs
    _stop.set()


def _keep_beating(name: str) -> None:
    """A connection a beat: one that idles for ten seconds is worth less than the slot it holds."""
    while True:
        try:
            beat(name=name, role=Worker.Role.WORKER)
        except DatabaseError as error:
            log.warning("The heartbeat could not be written: %s", type(error).__name__)
        finally:
            connection.close()
        if _stop.wait(EVERY):
            return


def listen() -> None:
    """Connect to Celery's signals, which only a worker sends."""
    celeryd_init.connect(_on_worker, dispatch_uid="work.heartbeat.name")
    worker_process_init.connect(_on_process, dispatch_uid="work.heartbeat.start")
    worker_process_shutdown.connect(_on_process_end, dispatch_uid="work.heartbeat.stop")
