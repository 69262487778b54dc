"""Every account's score worked out anew: from rolling states, and by a pandas script that reads the signals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.utils import timezone

from bench import world
from bench.installation import Installation
from signals.models import AccountState
from signals.services import score
from signals.services.recompute import recompute

ACCOUNTS = 20_000
SIGNALS = 1_000_000


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Seconds each, their ratio, and how much of the pandas time is the reading."""
    now = timezone.now()
    world.definitions(world.people(), now)
    accounts, signals = int(ACCOUNTS * scale), int(SIGNALS * scale)
    world.accounts("rescore", accounts, now)
    _history(signals)
    recompute(now=now)
    started = time.monotonic()
    score.refresh(now=now)
    ours = time.monotonic() - started
    started = time.monotonic()
    frame = _read()
    reading = time.monotonic() - started
    theirs = _pandas(frame, now)
    total = time.monotonic() - started
    stored = dict(AccountState.objects.filter(signals_seen__gt=0).values_list("account_id", "intent"))
    apart = max(abs(stored[key] - value) for key, value in theirs.items() if key in stored)
    yield {"figure": "rescore_seconds", "value": round(ours, 2), "unit": f"s, {accounts:,} accounts, states"}
    yield {
        "figure": "pandas_seconds",
        "value": round(total, 2),
        "of_which_reading": round(reading, 2),
        "unit": f"s, {signals:,} signals",
    }
    yield {"figure": "pandas_over_rescore", "value": round(total / ours, 2), "unit": "ratio"}
    yield {
        "figure": "largest_difference",
        "value": float(f"{apart:.3g}"),
        "unit": "points of intent between the two",
    }


def _history(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [count])
        cursor.execute("ANALYZE signals_signal")


_FILL = """
INSERT INTO signals_signal (id, account_id, contact_id, source_id, type_id, topic, points, strength,
    occurred_at, received_at, message_id, properties)
SELECT gen_random_uuid(), a.ids[1 + (random() * (array_length(a.ids, 1) - 1))::int], NULL, s.id,
    t.ids[1 + (random() * (array_length(t.ids, 1) - 1))::int], '', 5, NULL, at, at, 'bench-' || n, '{}'
FROM generate_series(1, %s) n
CROSS JOIN LATERAL (SELECT now() - random() * interval '360 days' * sign(n) AS at) moment
CROSS JOIN (SELECT array_agg(id) AS ids FROM accounts_account WHERE domain LIKE 'rescore%%') a
CROSS JOIN (SELECT array_agg(id) AS ids FROM signals_signaltype) t
CROSS JOIN (SELECT min(id) AS id FROM signals_source) s
"""


def _read() -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.account_id, s.points, s.occurred_at, t.confidence, t.half_life_days, o.weight "
            "FROM signals_signal s JOIN signals_signaltype t ON t.id = s.type_id "
            "JOIN signals_source o ON o.id = s.source_id WHERE s.account_id IS NOT NULL"
        )
        names = [column[0] for column in cursor.description]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def _pandas(frame: pd.DataFrame, now: datetime) -> dict[int, float]:
    """The rule of the score, as an analyst would write it."""
    age = (pd.Timestamp(now) - pd.to_datetime(frame["occurred_at"], utc=True)).dt.total_seconds() / 86_400
    worth = (
        frame["points"]
        * frame["confidence"]
        * frame["weight"]
        * np.power(2.0, -age / frame["half_life_days"])
    )
    raw = worth.groupby(frame["account_id"]).sum()
    return dict((100 * (1 - np.exp(-raw / 40.0))).items())
