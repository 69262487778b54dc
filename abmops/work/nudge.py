"""The hint to workers that a lane has something to do: at most one message a lane in flight.

`SET nudge:<lane> 1 NX PX 1000`, and whoever set it sends one message; a drain deletes the key before it
looks. Whatever goes wrong is counted, logged and forgotten: the tick finds the row within a second. After a
failure this process does not try again for `REST` seconds, so that a hanging broker costs a request at most
one timeout.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import cache

import redis
from celery import current_app
from django.conf import settings
from django.db import connection, transaction

from abmops.work.kinds import Lane

log = logging.getLogger(__name__)

DRAIN = "abmops.work.jobs.drain"
KEY_LIVES_MS = 1_000
TIMEOUT = 1.0
REST = 3.0
QUIET = 0.01
EXPIRES = 30

_lock = threading.Lock()
_quiet_until: dict[str, float] = {}
_waiting: set[str] = set()
_asked = threading.Event()
_teller: threading.Thread | None = None
_resting_until = 0.0
failures = 0


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry_on_timeout=False
    )


def _failed(what: str, error: Exception) -> None:
    global failures, _resting_until
    failures += 1
    _resting_until = time.monotonic() + REST
    log.warning("The broker did not take %s (%s); the tick will find the work.", what, type(error).__name__)


def nudge(lane: str) -> bool:
    """Tell the workers of `lane` to look now. True if a message is on its way, this one or an earlier one."""
    if time.monotonic() < _resting_until:
        return False
    try:
        if _client().set(f"nudge:{lane}", 1, nx=True, px=KEY_LIVES_MS):
            current_app.send_task(
                DRAIN, args=[lane], queue=lane, retry=False, expires=EXPIRES, ignore_result=True
            )
    except Exception as error:  # noqa: BLE001  (whatever the broker throws, the row is safe)
        _failed(f"the nudge of {lane}", error)
        return False
    return True


def nudge_soon(lane: str) -> None:
    """Nudge now, or once when `QUIET` has passed since the last time.

    A door that is called a thousand times a second needs no message a call: the one that follows tells of whatever came
    in between. One thread of each process sends it; to start one a message costs more than all else of it.
    """
    global _teller
    now = time.monotonic()
    with _lock:
        if lane in _waiting:
            return
        if now < _quiet_until.get(lane, 0.0):
            _waiting.add(lane)
            if _teller is None:
                _teller = threading.Thread(target=_tell, name="nudges", daemon=True)
                _teller.start()
            _asked.set()
            return
        _quiet_until[lane] = now + QUIET
    nudge(lane)


def _tell() -> None:
    while _asked.wait():
        _asked.clear()
        time.sleep(QUIET)
        while lanes := _taken():  # under a steady stream nobody has to wake this thread
            for lane in lanes:
                nudge(lane)
            time.sleep(QUIET)


def _taken() -> list[str]:
    """The lanes to tell of; first, so that an item put from here on asks for a message of its own."""
    with _lock:
        lanes = list(_waiting)
        _waiting.clear()
        _quiet_until.update(dict.fromkeys(lanes, time.monotonic() + QUIET))
    return lanes


def _forget_the_teller() -> None:
    """In a forked process: the thread stayed behind."""
    global _lock, _asked, _teller
    _lock, _asked, _teller = threading.Lock(), threading.Event(), None
    _waiting.clear()


os.register_at_fork(after_in_child=_forget_the_teller)


def heard(lane: str) -> None:
    """A drain starts: from here on a new item needs a new message. Called before its first look."""
    if time.monotonic() < _resting_until:
        return
    try:
        _client().delete(f"nudge:{lane}")
    except Exception as error:  # noqa: BLE001  (the key runs out by itself)
        _failed(f"the end of the nudge of {lane}", error)


def is_reachable() -> bool:
    """Whether the broker answers just now."""
    try:
        return bool(_client().ping())
    except Exception:  # noqa: BLE001  (no answer is the answer)
        return False


def _callback(lane: str) -> Callable[[], None]:
    """One function a lane, always the same object. `on_commit` wants a real function: a partial has no
    `__qualname__`, and Django raises while logging that the callback failed."""

    def nudge_after_commit() -> None:
        nudge(lane)

    return nudge_after_commit


_after_commit = {lane: _callback(lane) for lane in Lane.values}


def nudge_on_commit(lane: str) -> None:
    """Nudge `lane` once when the current transaction commits, however often this is called in it."""
    callback = _after_commit[lane]
    alive = set(connection.savepoint_ids)
    if any(entry[1] is callback and entry[0] <= alive for entry in connection.run_on_commit):
        return
    transaction.on_commit(callback, robust=True)
