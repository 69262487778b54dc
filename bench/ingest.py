"""HTTP to durable, and draining: against the idiomatic DRF view that only stores the same calls, and against raw COPY.

All store into the same PostgreSQL, over the same number of web workers and client threads, in turns within one run; a
checkpoint is forced before each. The workers are held while the door is timed, and let go to time the draining.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from abmops.lib.ids import uuid7
from bench import world
from bench.installation import PROJECT, Installation, free_port, is_healthy
from bench.sending import checkpoint, post, until_drained, workers_held

BATCHES = (100, 1_000)
EVENTS = 40_000
REPEATS = 5


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Rates in events a second and their ratios turn by turn: median and worst of the repeats."""
    now = timezone.now()
    world.definitions(world.people(), now)
    domains = world.accounts("ingest", 500, now)
    key = world.write_key()
    until_drained()
    total = int(EVENTS * scale) // max(BATCHES) * max(BATCHES)
    turns: list[dict[str, float]] = []
    with Baseline() as port:
        for _ in range(REPEATS):
            turn: dict[str, float] = {}
            for batch in BATCHES:
                events = [_event(domains, number, lean=batch > BATCHES[0]) for number in range(total)]
                batches = [events[start : start + batch] for start in range(0, total, batch)]
                calls = [world.body(part, key) for part in batches]
                if batch == BATCHES[0]:
                    turn["copy"] = total / _copy(events)
                    turn["drf"] = total / post(port, "/events/", calls)
                with workers_held(installation):
                    turn[f"inbox_{batch}"] = total / post(installation.port, "/v1/batch", calls)
                    started = time.monotonic()
                spent = until_drained() - started
                if batch == BATCHES[0]:
                    turn["drain"] = total / spent
            turns.append(turn)
    yield from _rates(turns)


def _event(domains: Sequence[str], number: int, *, lean: bool) -> dict[str, Any]:
    """A page view as a library sends it; lean: without what it repeats, so that a thousand fit into a call's 500 KB."""
    event: dict[str, Any] = world.page_view(domains[number % len(domains)])
    if lean:
        del event["integrations"], event["context"]["page"]
    return event


def _rates(turns: Sequence[Mapping[str, float]]) -> Iterator[dict[str, Any]]:
    units = {
        "copy": "raw COPY into the signals' own table",
        "drf": "DRF view to durable, the same calls of 100",
        "drain": "inbox to evaluated",
    } | {f"inbox_{batch}": f"HTTP to durable, batches of {batch:,}" for batch in BATCHES}
    for name, unit in units.items():
        found = [turn[name] for turn in turns]
        yield {
            "figure": f"{name}_per_second",
            "value": round(statistics.median(found)),
            "worst": round(min(found)),
            "unit": f"events/s, {unit}",
        }
    pairs = [("inbox_100", "drf"), ("inbox_100", "copy"), ("inbox_1000", "copy"), ("drain", "drf")]
    for ours, theirs in pairs:
        ratios = [turn[ours] / turn[theirs] for turn in turns]
        yield {
            "figure": f"{ours}_over_{theirs}",
            "value": round(statistics.median(ratios), 3),
            "worst": round(min(ratios), 3),
            "unit": "ratio",
        }


class Baseline:
    """The DRF view under the same server with the same workers."""

    def __enter__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_TABLE)
        port = free_port()
        server = (
            f"--interface wsgi --http 1 --port {port} --workers 2 --blocking-threads 4 --log-level warning"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", "bench.drf:application", *server.split()],
            cwd=PROJECT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "bench.drf_settings", "ABMOPS_PROCESS": "web"},
        )
        deadline = time.monotonic() + 30
        while not is_healthy(port, "/events/"):
            if time.monotonic() > deadline:
                raise RuntimeError("The baseline did not come up.")
            time.sleep(0.1)
        return port

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


_TABLE = """
CREATE TABLE IF NOT EXISTS bench_event (
    id uuid PRIMARY KEY, message_id varchar(200) NOT NULL UNIQUE, type varchar(40) NOT NULL, name varchar(200) NOT NULL,
    user_id varchar(300) NOT NULL, occurred_at timestamptz NOT NULL, received_at timestamptz NOT NULL,
    properties jsonb NOT NULL, context jsonb NOT NULL);
CREATE INDEX IF NOT EXISTS bench_event_user_at ON bench_event (user_id, occurred_at DESC);
"""


_COLUMNS = (
    "id, account_id, contact_id, source_id, type_id, topic, points, strength, occurred_at, received_at, message_id, "
    "properties"
)


def _copy(events: Sequence[dict[str, Any]]) -> float:
    """Seconds to COPY finished rows into the partitioned table with its indexes; they are taken out again."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT min(id) FROM accounts_account), (SELECT min(id) FROM signals_source), "
            "(SELECT min(id) FROM signals_signaltype)"
        )
        account, source, kind = cursor.fetchone()
    mark = uuid.uuid4().hex[:8]
    lines = [
        f"{uuid7(now)}\t{account + number % 500}\t\\N\t{source}\t{kind}\t\t10\t\\N\t{now}\t{now}"
        f"\tcopy-{mark}-{event['messageId']}\t{json.dumps(event['properties'])}"
        for number, event in enumerate(events)
    ]
    buffer = io.StringIO("\n".join(lines) + "\n")
    checkpoint()
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY signals_signal ({_COLUMNS}) FROM STDIN", buffer)
    spent = time.monotonic() - started
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM signals_signal WHERE message_id LIKE %s", [f"copy-{mark}-%"])
    return spent
