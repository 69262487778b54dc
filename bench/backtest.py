"""A threshold over twelve months of signals: read and judged at once, and by the engine living account by account."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import world
from bench.installation import Installation
from signals import selectors
from signals.domain import condition
from signals.domain.backtest import life
from signals.domain.backtest.history import seconds
from signals.selectors import backtest as reading
from signals.services.backtest import Backtest, backtest

ACCOUNTS = 1_000
SIGNALS = 1_000_000
REPEATS = 5
SAMPLE = 10
RULES: dict[str, dict[str, Any]] = {
    "count": {"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}},
    "independent": {"distinct_signals": {"qualifying": True, "at_least": 3, "days": 7}},
    "surge": {
        "any": [
            {"score_rise": {"at_least": 20, "days": 7}},
            {"all": [{"score": {"at_least": 50}}, {"distinct_contacts": {"at_least": 3, "days": 14}}]},
        ]
    },
    "silence": {"all": [{"dormant": {"days": 2}}, {"fit": {"at_least": 10}}]},
}
"""A usual one, one over several types, scores that every signal changes, and the clock."""


def figures(_installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Seconds with the reading, median and worst of five; our own CPU; and how much faster than the engine."""
    now = timezone.now()
    world.definitions(world.people(), now)
    accounts, signals = int(ACCOUNTS * scale), int(SIGNALS * scale)
    world.accounts("backtest", accounts, now)
    _history(signals)
    for name, document in RULES.items():
        yield from _measured(name, document, accounts, signals, now)


def _measured(
    name: str, document: dict[str, Any], accounts: int, signals: int, now: datetime
) -> Iterator[dict[str, Any]]:
    asked = condition.parse(document)
    walls, cpus = [], []
    found: Backtest | None = None
    for _ in range(REPEATS):
        started, worked = time.monotonic(), time.process_time()
        found = backtest(
            condition=asked, tiers=(), rearm_days=14, since=now - timedelta(days=365), until=now, now=now
        )
        walls.append(time.monotonic() - started)
        cpus.append(time.process_time() - worked)
    assert found is not None
    one_by_one = _lived(asked, now) * accounts
    yield {
        "figure": f"backtest_seconds: {name}",
        "value": round(median(walls), 2),
        "worst": round(max(walls), 2),
        "of_which_our_cpu": round(median(cpus), 2),
        "crossings": len(found.crossings),
        "unit": f"s, {accounts:,} accounts, {signals:,} signals, 12 months",
    }
    yield {
        "figure": f"engine_over_backtest: {name}",
        "value": round(one_by_one / median(cpus), 1),
        "engine_seconds": round(one_by_one, 1),
        "unit": f"CPU ratio, the engine extrapolated from {SAMPLE} accounts and without its reading",
    }


def _lived(asked: condition.Condition, now: datetime) -> float:
    """CPU seconds that the engine takes for one account, the mean of some."""
    since, until = reading.micros(now - timedelta(days=425)), reading.micros(now)
    past = reading.history(reading.Wanted(until=now, touches=True))
    catalogue = type(selectors.book().catalogue)(
        selectors.book().catalogue,
        source_weights=selectors.book().catalogue.source_weights,
        conditions=[asked],
    )
    lives = [past.past(place, ()) for place in Random(1).sample(range(len(past.ids)), SAMPLE)]
    worked = time.process_time()
    for one in lives:
        list(
            life.crossings(
                one,
                asked,
                catalogue,
                since=seconds(since),
                until=seconds(until),
                rearm_days=14,
                scoring=selectors.scoring(),
            )
        )
    return (time.process_time() - worked) / SAMPLE


def _history(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT signals_make_month((now() - make_interval(months => n))::date) FROM generate_series(0, 13) n"
        )
        cursor.execute(_KNOWN)
        cursor.execute(_FILL, [count])
        cursor.execute("ANALYZE signals_signal")


_KNOWN = """
UPDATE accounts_account SET created_at = now() - interval '800 days', fit = 40 + id % 50 WHERE domain LIKE 'backtest%'
"""
_FILL = """
INSERT INTO signals_signal (id, account_id, contact_id, source_id, type_id, topic, points, strength,
    occurred_at, received_at, message_id, properties)
SELECT overlay(gen_random_uuid()::text placing substr(signals_first_id(at)::text, 1, 15) from 1 for 15)::uuid,
    account, account * 10 + (random() * 6)::int, s.id, t.ids[1 + (random() * (array_length(t.ids, 1) - 1))::int],
    '', 5, NULL, at, at, 'bench-' || n, '{}'
FROM (
    SELECT n, a.ids[1 + floor(random() ^ 2 * array_length(a.ids, 1))::int] AS account,
        now() - random() * interval '365 days' AS at
    FROM generate_series(1, %s) n
    CROSS JOIN (SELECT array_agg(id) AS ids FROM accounts_account WHERE domain LIKE 'backtest%%') a
) made
CROSS JOIN (SELECT array_agg(id) AS ids FROM signals_signaltype) t
CROSS JOIN (SELECT min(id) AS id FROM signals_source) s
"""
