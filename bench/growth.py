"""What a signal costs once there are ten million: draining, WAL, and judging an account, against a tenth of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from bench import history, world
from bench.installation import Installation
from bench.sending import checkpoint, post, until_drained, workers_held
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import AccountMemory
from signals.selectors import Book, book
from signals.services.replay import renew

FEW, MANY = 1_000_000, 10_000_000
EVENTS = 20_000
BATCH = 100
REPEATS = 5
DIRTY = 1_000


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """The cost of a signal with 1 M and with 10 M stored, in turns; dirty accounts by state and by raw signals."""
    now = timezone.now()
    world.definitions(world.people(), now)
    key = world.write_key()
    costs: dict[int, list[float]] = {}
    for stored in (int(FEW * scale), int(MANY * scale)):
        with workers_held(installation):
            domains = history.grow(stored, accounts=int(history.ACCOUNTS * scale))
        until_drained()
        measured = [
            _drained(installation, domains, key, int(EVENTS * min(scale * 5, 1))) for _ in range(REPEATS)
        ]
        costs[stored] = [seconds for seconds, _ in measured]
        wal = sorted(size for _, size in measured)
        yield {
            "figure": f"microseconds_per_signal_at_{stored // 1000}k",
            "value": round(statistics.median(costs[stored]) * 1e6, 1),
            "worst": round(max(costs[stored]) * 1e6, 1),
            "unit": "us from the first call to the last evaluation, one after the other",
        }
        yield {
            "figure": f"wal_per_signal_at_{stored // 1000}k",
            "value": round(statistics.median(wal)),
            "worst": round(wal[-1]),
            "unit": "bytes of WAL, a checkpoint before each turn",
        }
        yield from _dirty(stored)
    few, many = (statistics.median(found) for found in costs.values())
    yield {"figure": "cost_many_over_few", "value": round(many / few, 3), "unit": "ratio"}


def _drained(installation: Installation, domains: Sequence[str], key: str, total: int) -> tuple[float, float]:
    """Seconds and WAL bytes a signal: taken in with the workers held, then drained."""
    chosen = random.sample(domains, min(len(domains), 2_000))
    events = [world.page_view(chosen[n % len(chosen)], path="/blog/post") for n in range(total)]
    calls = [world.body(events[start : start + BATCH], key) for start in range(0, total, BATCH)]
    checkpoint()
    before = _wal()
    with workers_held(installation):
        spent = post(installation.port, "/v1/batch", calls)
        started = time.monotonic()
    spent += until_drained() - started
    return spent / total, (_wal() - before) / total


def _wal() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return float(cursor.fetchone()[0])


def _dirty(stored: int) -> Iterator[dict[str, Any]]:
    """A thousand accounts judged by every threshold: from their states, and from their signals."""
    written = book()
    ids = list(Account.objects.filter(domain__startswith=history.PREFIX).values_list("id", flat=True))
    by_state, by_signals = [], []
    for turn in range(REPEATS):
        chosen = sorted(random.Random(turn).sample(ids, min(DIRTY, len(ids))))
        started = time.monotonic()
        states = AccountMemory.objects.filter(account_id__in=chosen).values_list("account_id", "state")
        ours = _judged({pk: RollingState.load(state) for pk, state in states}, written)
        by_state.append(time.monotonic() - started)
        started = time.monotonic()
        raw = renew({pk: RollingState() for pk in chosen}, written.catalogue)
        theirs = _judged({pk: one.state for pk, one in raw.items()}, written)
        by_signals.append(time.monotonic() - started)
        assert ours == theirs, "the states and the signals disagree"
    yield {
        "figure": f"dirty_ms_at_{stored // 1000}k",
        "value": round(statistics.median(by_state) * 1000, 1),
        "worst": round(max(by_state) * 1000, 1),
        "unit": f"ms for {DIRTY:,} accounts and {len(written.thresholds)} thresholds, from states",
    }
    ratios = [raw / state for raw, state in zip(by_signals, by_state, strict=True)]
    yield {
        "figure": f"dirty_raw_over_state_at_{stored // 1000}k",
        "value": round(statistics.median(ratios), 1),
        "worst": round(min(ratios), 1),
        "unit": "ratio",
    }


def _judged(states: dict[int, RollingState], written: Book) -> dict[int, tuple[bool, ...]]:
    at = timezone.now().timestamp() // 60 * 60
    found = {}
    for pk, state in states.items():
        view = View(state, written.catalogue, fit=0.0, scoring=written.scoring)
        moment = state.settled(at)
        found[pk] = tuple(one.condition.is_met(view, moment) for one in written.thresholds)
    return found
