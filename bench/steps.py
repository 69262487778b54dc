"""A hundred thousand steps that come due at one moment, opened by two workers: steps a second, and queries a batch."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from abmops.work import kinds
from accounts.models import AccountEvent
from accounts.services.events import NewEvent, record
from bench import crowd
from bench.installation import PROJECT, Installation
from bench.sending import checkpoint, workers_held
from bench.world import people
from plays.models import Play, StepRun, Task
from plays.services.play.library import save_play

STEPS = 100_000
PLAYS = 2
"""Live plays of each account, as the throttle allows."""
WORKERS = 2
EXITS = 100
STEP: dict[str, Any] = {"channel": "call", "side": "sales", "role": "owner", "sla_hours": 24}
DEFINITION: dict[str, Any] = {
    "trigger": {"manual": True},
    "steps": [
        STEP | {"key": "first"},
        STEP | {"key": "second", "wait_days": 2, "instructions": "Call again."},
    ],
    "exits": ["meeting_booked"],
}


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Steps a second by the clock, the processor's milliseconds a step in workers and database, queries a batch."""
    now, steps = timezone.now(), int(STEPS * scale)
    people()
    crowd.made(steps // PLAYS)
    plays = [
        save_play(
            slug=f"steps-{n}", name=f"Steps {n}", definition=DEFINITION, by=None, status="active", now=now
        )[0]
        for n in range(PLAYS)
    ]
    with workers_held(installation):
        _due(plays, now)
        checkpoint()
        due = StepRun.objects.filter(state="pending").count()
        spent = _database_seconds()
        crew = [
            subprocess.Popen([sys.executable, "-c", _WORKER], cwd=PROJECT, stdout=subprocess.PIPE)
            for _ in range(WORKERS)
        ]
        said = [json.loads(one.communicate()[0]) for one in crew]
        took = max(one["ended"] for one in said) - min(one["began"] for one in said)
        late = StepRun.objects.filter(state="pending", opens_at__lte=now).count()
        assert not late, f"{late} of {due} steps were left"
        opened = Task.objects.filter(step_run__state="open").count()
        yield {
            "figure": "steps_a_second",
            "value": round(due / took),
            "unit": f"steps/s, {due:,} due at once, {WORKERS} workers",
            "opened": opened,
            "worker_cpu_ms": round(sum(one["cpu"] for one in said) / due * 1000, 3),
            "database_cpu_ms": round((_database_seconds() - spent) / due * 1000, 3),
        }
        batch = kinds.find("step_due")
        yield {
            "figure": "queries_a_batch",
            "value": max(one["most"] for one in said),
            "least_of_full_ones": min(one["least"] for one in said),
            "unit": f"statements, batches of {batch.batch if batch else 0}",
        }
    waits = sorted(_exits(int(EXITS * scale) or 1))
    yield {
        "figure": "meeting_to_exit_ms",
        "value": round(waits[len(waits) // 2] * 1000),
        "worst": round(waits[-1] * 1000),
        "unit": f"ms from the commit of a booked meeting until its cold tasks are gone, {len(waits)} meetings",
    }


def _exits(count: int) -> Iterator[float]:
    """Seconds from the commit of a meeting until nothing is owed any more, one after the other, by the real workers."""
    owed = Task.objects.unfinished().filter(enrollment__isnull=False)
    accounts = list(owed.order_by("account").values_list("account", flat=True).distinct()[:count])
    for account in accounts:
        now = timezone.now()
        record([NewEvent(account, AccountEvent.Kind.MEETING_BOOKED, now, f"bench:{account}")], now=now)
        began = time.monotonic()
        while owed.filter(account=account).exists():
            time.sleep(0.005)
            assert time.monotonic() - began < 30, "the tasks stay"
        yield time.monotonic() - began


_WORKER = """
import json, os, resource, sys, time
import django
django.setup()
from django.db import connection
from abmops.work import kinds, services as work
from abmops.work.services import draining
counts, n = [], 0
def count(execute, sql, params, many, context):
    global n
    n += 1
    return execute(sql, params, many, context)
run = draining.run
def counted(found, **how):
    global n
    n, full = 0, len(found.items) == found.kind.batch
    done = run(found, **how)
    if full and found.kind.name == "step_due":
        counts.append(n)
    return done
draining.run = counted
connection.ensure_connection()
began = time.time()
before = time.process_time()
with connection.execute_wrapper(count):
    work.drain("react", time.monotonic() + 3600, only=["step_due"])
print(json.dumps({"began": began, "ended": time.time(), "cpu": time.process_time() - before,
                  "most": max(counts, default=0), "least": min(counts, default=0)}))
"""


def _database_seconds() -> float:
    """Processor time of everything of this machine's PostgreSQL that runs as ours, so far."""
    listed = subprocess.run(["ps", "-eo", "comm,cputimes"], check=True, capture_output=True, text=True).stdout
    return float(
        sum(int(line.split()[1]) for line in listed.splitlines() if line.split()[0].startswith("postgres"))
    )


def _due(plays: list[Play], now: datetime) -> None:
    """Every account in every play: the first step done two days ago, the second due now; and its timers."""
    with connection.cursor() as cursor:
        for play in plays:
            cursor.execute(
                _ENROLLED, {"play": play.pk, "version": play.current_id, "at": now - timedelta(days=2)}
            )
        cursor.execute(_FIRST, {"at": now - timedelta(days=2)})
        cursor.execute(_SECOND, {"at": now})
        cursor.execute(_TIMERS)
        cursor.execute("ANALYZE plays_enrollment, plays_steprun, work_workitem, accounts_account")


_ENROLLED = """
INSERT INTO plays_enrollment (account_id, play_id, version_id, state, urgency, owner_id, why, hand_raised,
  strong_inbound, overridden, end_reason, enrolled_at, depth, held_out)
SELECT id, %(play)s, %(version)s, 'active', 'normal', owner_id, 'A benchmark', true, true, '[]', '', %(at)s, 1, false
FROM accounts_account WHERE owner_id IS NOT NULL
"""
_FIRST = """
INSERT INTO plays_steprun (enrollment_id, key, position, cycle, state, opens_at, opened_at, closed_at, held)
SELECT id, 'first', 0, 1, 'done', %(at)s, %(at)s, %(at)s, '' FROM plays_enrollment
"""
_SECOND = """
INSERT INTO plays_steprun (enrollment_id, key, position, cycle, state, opens_at, held)
SELECT id, 'second', 1, 1, 'pending', %(at)s, '' FROM plays_enrollment
"""
_TIMERS = """
INSERT INTO work_workitem (kind, lane, subject_id, dedup_key, coalesces, run_at, max_attempts, payload, schema_v,
  state, attempts, worker, last_error, created_at)
SELECT 'step_due', 'react', id, 'step_due:' || id, false, opens_at, 5, '{}', 1, 'ready', 0, '', '', opens_at
FROM plays_steprun WHERE state = 'pending' ORDER BY md5(id::text)
"""
