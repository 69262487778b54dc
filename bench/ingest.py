"""HTTP to durable, and draining: against the idiomatic DRF view that only stores, and against raw COPY.

All store into the same PostgreSQL, over the same number of web workers and client threads, in turns within one run; a
checkpoint is forced before each.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from abmops.work.models import WorkItem
from bench import world
from bench.installation import PROJECT, Installation, free_port, is_healthy

BATCH = 100
EVENTS = 20_000
REPEATS = 3
CLIENTS = 4


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Rates in events a second, as medians of the repeats, and their ratios."""
    now = timezone.now()
    world.definitions(world.people(), now)
    domains = world.accounts("ingest", 500, now)
    key = world.write_key()
    total = int(EVENTS * scale) // BATCH * BATCH
    with Baseline() as port:
        rates: dict[str, list[float]] = {"inbox": [], "drf": [], "copy": [], "drain": []}
        for _ in range(REPEATS):
            events = [world.page_view(domains[number % len(domains)]) for number in range(total)]
            batches = [events[start : start + BATCH] for start in range(0, total, BATCH)]
            # The workers' share of the machine is the price of draining at once; the inbox is timed with them at work.
            rates["copy"].append(total / _copy(events))
            rates["drf"].append(
                total / _post(port, "/events/", [json.dumps(_rows(batch)).encode() for batch in batches])
            )
            started = time.monotonic()
            spent = _post(installation.port, "/v1/batch", [world.body(batch, key) for batch in batches])
            rates["inbox"].append(total / spent)
            rates["drain"].append(total / (_until_drained() - started))
    middle = {name: statistics.median(found) for name, found in rates.items()}
    for name, unit in (
        ("inbox", "HTTP to durable"),
        ("drf", "DRF to durable"),
        ("copy", "raw COPY"),
        ("drain", "HTTP to evaluated"),
    ):
        yield {
            "figure": f"{name}_per_second",
            "value": round(middle[name]),
            "worst": round(min(rates[name])),
            "unit": f"events/s, {unit}",
        }
    yield {"figure": "inbox_over_drf", "value": round(middle["inbox"] / middle["drf"], 2), "unit": "ratio"}
    yield {"figure": "inbox_over_copy", "value": round(middle["inbox"] / middle["copy"], 3), "unit": "ratio"}
    yield {"figure": "drain_over_drf", "value": round(middle["drain"] / middle["drf"], 2), "unit": "ratio"}


def _rows(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same events as the DRF view takes them."""
    return [
        {
            "message_id": event["messageId"],
            "type": event["type"],
            "domain": event["context"]["groupId"],
            "occurred_at": event["timestamp"],
            "properties": event["properties"],
        }
        for event in events
    ]


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
    id uuid PRIMARY KEY, message_id varchar(200) NOT NULL UNIQUE, type varchar(40) NOT NULL,
    domain varchar(253) NOT NULL,
    occurred_at timestamptz NOT NULL, received_at timestamptz NOT NULL, properties jsonb NOT NULL);
CREATE INDEX IF NOT EXISTS bench_event_domain_at ON bench_event (domain, occurred_at DESC);
"""


def _copy(events: Sequence[dict[str, Any]]) -> float:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    now = timezone.now().isoformat()
    for row in _rows(events):
        # Another id than the DRF view's rows, so that both can store the same events.
        values = (
            uuid.uuid4(),
            f"copy-{row['message_id']}",
            row["type"],
            row["domain"],
            row["occurred_at"],
            now,
        )
        writer.writerow((*values, json.dumps(row["properties"])))
    buffer.seek(0)
    _checkpoint()
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert("COPY bench_event FROM STDIN WITH (FORMAT csv)", buffer)
    return time.monotonic() - started


def _post(port: int, path: str, bodies: Sequence[bytes]) -> float:
    """Send the bodies over a few kept connections; the seconds until the last answer."""
    _checkpoint()
    failures: list[str] = []
    threads = [
        threading.Thread(target=_client, args=(port, path, bodies[n::CLIENTS], failures))
        for n in range(CLIENTS)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    return time.monotonic() - started


def _client(port: int, path: str, bodies: Sequence[bytes], failures: list[str]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for body in bodies:
        link.request("POST", path, body, {"Content-Type": "application/json", "Host": "localhost"})
        answer = link.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            failures.append(f"{path}: {answer.status} {said[:300]!r}")
            return
    link.close()


def _checkpoint() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _until_drained() -> float:
    while WorkItem.objects.filter(kind="ingest").exists():
        time.sleep(0.02)
    return time.monotonic()
