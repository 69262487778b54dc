"""Calls per minute and key, counted in Redis over all web processes; in this process where Redis is away."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from abmops.rest.access import caller

PER_MINUTE = 6_000
_REDIS_REST = (
    5.0  # seconds without asking a Redis that has just failed: no request waits for its timeout twice
)
_MOST_LOCAL = 10_000


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, retry=None
    )


class _Local:
    """Counts of this process, used while Redis is away; old windows are forgotten when it grows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[tuple[str, int], int] = defaultdict(int)

    def count(self, who: str, window: int) -> tuple[int, int]:
        with self._lock:
            if len(self._counts) > _MOST_LOCAL:
                for key in [key for key in self._counts if key[1] < window - 1]:
                    del self._counts[key]
            self._counts[who, window] += 1
            return self._counts[who, window], self._counts.get((who, window - 1), 0)


_local = _Local()
_redis_away_until = 0.0


def _shared_count(who: str, window: int) -> tuple[int, int]:
    """This window's count including this call, and the last window's."""
    global _redis_away_until
    if time.monotonic() < _redis_away_until:
        return _local.count(who, window)
    try:
        pipe = _redis().pipeline(transaction=False)
        pipe.incr(f"throttle:{who}:{window}")
        pipe.expire(f"throttle:{who}:{window}", 150)
        pipe.get(f"throttle:{who}:{window - 1}")
        current, _, previous = pipe.execute()
    except (redis.RedisError, OSError):
        _redis_away_until = time.monotonic() + _REDIS_REST
        return _local.count(who, window)
    return int(current), int(previous or 0)


class PerKey(BaseThrottle):
    """A sliding minute per key or person: this window plus the part of the last one that still reaches in."""

    clock: Callable[[], float] = staticmethod(time.time)

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the call is inside the limit; it is counted either way."""
        limit: int = getattr(settings, "API_CALLS_PER_MINUTE", PER_MINUTE)
        window, into = divmod(self.clock(), 60)
        current, previous = _shared_count(caller(request), int(window))
        self._seconds_left = 60 - into
        return current + previous * (1 - into / 60) <= limit

    def wait(self) -> float | None:
        """Until the window turns, at most."""
        left: Any = getattr(self, "_seconds_left", None)
        return None if left is None else max(1.0, left)
