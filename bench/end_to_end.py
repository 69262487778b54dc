"""From the 200 of the ingest call to the enrollment that a page would show, with ten million signals of history."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg2
from django.conf import settings
from django.utils import timezone

from abmops.work import schedule
from abmops.work.models import PeriodicRun, WorkItem
from bench import history, world
from bench.installation import Installation
from bench.sending import Link, checkpoint, processor, until_drained, workers_held

HISTORY = 10_000_000
SECONDS = 120
# Signals a second, how many of them go into a call, and the share of the two minutes.
RATES = ((1_000, 20, 1.0), (4_000, 40, 1.0), (8_000, 80, 0.5))
CLIENTS = 4
TRACERS_PER_SECOND = 5
# One signal in so many comes from somebody never seen before: a contact to make, who engages for the first time.
NEWCOMERS = 50
# Enrollments that may be under way at once, so that a lower id is seen after a higher one.
AT_ONCE = 100
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Run:
    """What one rate gave: when each tracer was answered and seen, and how far the senders fell behind."""

    answered: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    sent: int = 0
    behind: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Percentiles in milliseconds over the tracers: accounts that ask for us, each its first time."""
    now = timezone.now()
    world.definitions(world.people(), now)
    with workers_held(installation):
        crowd = history.grow(int(HISTORY * scale), accounts=int(history.ACCOUNTS * scale))
    key = world.write_key()
    for rate, call, share in RATES:
        seconds = max(10, int(SECONDS * share * scale))
        tracers = world.accounts(f"tracer{rate}x{timezone.now():%H%M%S}x", TRACERS_PER_SECOND * seconds, now)
        until_drained()
        run = _run(installation, key, crowd, tracers, rate, call, seconds)
        left = WorkItem.objects.filter(kind="ingest").count()
        yield from _told(run, rate, seconds, left)
        until_drained()


def _told(run: Run, rate: int, seconds: int, left: int) -> Iterator[dict[str, Any]]:
    lags = sorted((run.seen[one] - run.answered[one]) * 1000 for one in run.answered if one in run.seen)
    unit = f"ms at {rate:,} signals a second"
    yield {
        "figure": f"offered_at_{rate}",
        "value": round(run.sent / seconds, 1),
        "senders_behind_seconds": round(run.behind, 2),
        "calls_left_in_the_inbox": left,
        "tracers_missing": len(run.answered) - len(lags),
        "of": len(run.answered),
        "unit": f"signals/s accepted over {seconds} s",
    }
    yield {
        "figure": f"processor_at_{rate}",
        "value": round(sum(run.spent.values()) / run.sent * 1e6),
        **{part: round(seconds_spent / run.sent * 1e6) for part, seconds_spent in run.spent.items()},
        "unit": "us of processor a signal, load generator included",
    }
    if lags:
        yield {
            "figure": f"answer_to_enrollment_p50_at_{rate}",
            "value": round(statistics.median(lags), 1),
            "unit": unit,
        }
        yield {
            "figure": f"answer_to_enrollment_p99_at_{rate}",
            "value": round(lags[int(len(lags) * 0.99)], 1),
            "worst": round(lags[-1], 1),
            "unit": unit,
        }


def _run(
    installation: Installation,
    key: str,
    crowd: Sequence[str],
    tracers: Sequence[str],
    rate: int,
    call: int,
    seconds: int,
) -> Run:
    run = Run()
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(run.seen, done, len(tracers)))
    watcher.start()
    checkpoint()
    calls = rate // call * seconds
    # Bodies are made before, so that making them takes nothing from the machine meanwhile.
    bodies = []
    for number in range(calls):
        first = number * call
        events = [_event(crowd, first + n) for n in range(call)]
        tracer = _tracer_of(number, calls, tracers)
        if tracer:
            events[0] = world.page_view(tracer) | {"type": "track", "event": "Demo Requested"}
        for event in events:
            del event["timestamp"]  # it happens when it is received
        bodies.append((tracer, world.body(events, key)))
    before = processor(installation)
    started = time.monotonic() + 0.5
    every = call / rate
    senders = [
        threading.Thread(target=_send, args=(installation.port, bodies, turn, started, every, run))
        for turn in range(CLIENTS)
    ]
    for sender in senders:
        sender.start()
    time.sleep(seconds / 3)
    _begin_every_job()
    for sender in senders:
        sender.join()
    run.sent = calls * call
    run.spent = {
        part: seconds_spent - before.get(part, 0.0) for part, seconds_spent in processor(installation).items()
    }
    watcher.join(timeout=20)
    done.set()
    watcher.join()
    if run.failures:
        raise RuntimeError(run.failures[0])
    return run


def _begin_every_job() -> None:
    """Have all work begin that runs hourly or more often: whether it falls into the window is no matter of luck."""
    names = [periodic.name for periodic in schedule.all_periodic() if periodic.every <= HOUR]
    PeriodicRun.objects.filter(name__in=names).delete()


def _event(crowd: Sequence[str], number: int) -> dict[str, object]:
    who = f"n{number}" if number % NEWCOMERS == 0 else ""
    return world.page_view(crowd[number * 7919 % len(crowd)], path="/blog/post", who=who)


def _tracer_of(number: int, calls: int, tracers: Sequence[str]) -> str | None:
    every = calls // len(tracers)
    index, rest = divmod(number, every)
    return tracers[index] if not rest and index < len(tracers) else None


def _send(
    port: int, bodies: Sequence[tuple[str | None, bytes]], turn: int, started: float, every: float, run: Run
) -> None:
    """Every fourth call on a fixed timetable; a call that is late does not slow the next ones down."""
    link = Link(port)
    for number in range(turn, len(bodies), CLIENTS):
        due = started + number * every
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        else:
            run.behind = max(run.behind, -wait)
        tracer, body = bodies[number]
        status, said = link.post("/v1/batch", body)
        if status != 200:
            run.failures.append(f"{status}: {said[:300]!r}")
            return
        if tracer:
            run.answered[tracer] = time.monotonic()


def _watch(seen: dict[str, float], done: threading.Event, wanted: int) -> None:
    """Look for new enrollments a hundred times a second, as a page would find them; note when each was there."""
    database = settings.DATABASES["default"]
    link = psycopg2.connect(dbname=database["NAME"], user=database["USER"], host=database["HOST"])
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM plays_enrollment")
        before = cursor.fetchone()[0]  # type: ignore[index]
        known: set[int] = set()
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(_LOOK)
        while not done.is_set() and len(seen) < wanted:
            cursor.execute("EXECUTE look (%s, %s)", [before, list(known)])
            found = time.monotonic()
            for pk, domain in cursor.fetchall():
                seen.setdefault(domain, found)
                known.add(pk)
                before = max(before, pk - AT_ONCE)
            known = {pk for pk in known if pk > before}
            time.sleep(0.01)
    link.close()


# Planned once: planning it a hundred times a second took a tenth of a core from what it looks at.
_LOOK = """
PREPARE look (bigint, bigint[]) AS
SELECT e.id, a.domain FROM plays_enrollment e JOIN accounts_account a ON a.id = e.account_id
WHERE e.id > $1 AND e.id <> ALL($2) AND a.domain LIKE 'tracer%'
"""
