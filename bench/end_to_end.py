"""From the 200 of the ingest call to the task that a rep can see, under a steady stream of other signals."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
from django.conf import settings
from django.utils import timezone

from bench import world
from bench.installation import Installation

PER_SECOND = 200
SECONDS = 60
CALL = 10  # events a call
TRACERS_PER_SECOND = 4


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Percentiles in milliseconds over the tracers: accounts that ask for us, each its first time."""
    now = timezone.now()
    world.definitions(world.people(), now)
    seconds = max(10, int(SECONDS * scale))
    crowd = world.accounts("crowd", 400, now)
    tracers = world.accounts(f"tracer{now:%H%M%S}x", TRACERS_PER_SECOND * seconds, now)
    key = world.write_key()
    answered: dict[str, float] = {}
    seen: dict[str, float] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(seen, done, len(tracers)))
    watcher.start()
    sent = _stream(installation.port, key, crowd, tracers, seconds, answered)
    watcher.join(timeout=20)
    done.set()
    watcher.join()
    lags = sorted((seen[domain] - answered[domain]) * 1000 for domain in answered if domain in seen)
    missing = len(answered) - len(lags)
    yield {
        "figure": "signals_per_second",
        "value": round(sent / seconds, 1),
        "unit": "events/s, offered and accepted",
    }
    yield {
        "figure": "tasks_missing",
        "value": missing,
        "unit": f"of {len(answered)} tracers, 20 s after the last call",
    }
    if lags:
        yield {"figure": "answer_to_task_p50", "value": round(statistics.median(lags), 1), "unit": "ms"}
        yield {
            "figure": "answer_to_task_p99",
            "value": round(lags[int(len(lags) * 0.99)], 1),
            "worst": round(lags[-1], 1),
            "unit": "ms",
        }


def _stream(
    port: int, key: str, crowd: list[str], tracers: list[str], seconds: int, answered: dict[str, float]
) -> int:
    """Calls of ten events on a fixed timetable; a call that is late does not slow the next ones down."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    calls = PER_SECOND // CALL * seconds
    every = CALL / PER_SECOND
    per_tracer = calls // len(tracers)
    started = time.monotonic()
    for number in range(calls):
        time.sleep(max(0.0, started + number * every - time.monotonic()))
        events = [
            world.page_view(crowd[(number * CALL + turn) % len(crowd)], path="/blog/post")
            for turn in range(CALL)
        ]
        tracer = (
            tracers[number // per_tracer]
            if number % per_tracer == 0 and number // per_tracer < len(tracers)
            else None
        )
        if tracer:
            events[0] = world.page_view(tracer) | {"type": "track", "event": "Demo Requested"}
        link.request("POST", "/v1/batch", world.body(events, key), {"Host": "localhost"})
        answer = link.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said[:300]!r}")
        if tracer:
            answered[tracer] = time.monotonic()
    return calls * CALL


def _watch(seen: dict[str, float], done: threading.Event, wanted: int) -> None:
    """Look for new tasks every few milliseconds, as a page would find them; note when each was first there."""
    database = settings.DATABASES["default"]
    link = psycopg2.connect(dbname=database["NAME"], user=database["USER"], host=database["HOST"])
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM plays_task")
        before = cursor.fetchone()[0]  # type: ignore[index]
        while not done.is_set() and len(seen) < wanted:
            cursor.execute(
                "SELECT a.domain FROM plays_task t JOIN accounts_account a ON a.id = t.account_id WHERE t.id > %s",
                [before],
            )
            found = time.monotonic()
            for (domain,) in cursor.fetchall():
                seen.setdefault(domain, found)
            time.sleep(0.004)
    link.close()
