"""Every account's score worked out anew: from rolling states, and by a pandas script that reads the signals."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.utils import timezone

from bench import history, world
from bench.installation import PROJECT, Installation
from bench.sending import checkpoint, workers_held
from signals.models import AccountState

SIGNALS = 10_000_000
REPEATS = 5
PANDAS_REPEATS = 2
TOP = 50


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Seconds each, their ratio, how much of the pandas time is the reading, memory, and the top of the list."""
    now = timezone.now()
    world.definitions(world.people(), now)
    accounts, signals = int(history.ACCOUNTS * scale), int(SIGNALS * scale)
    with workers_held(installation):
        history.grow(signals, accounts=accounts)
        ours = [_rescored() for _ in range(REPEATS)]
        tops = [_top() for _ in range(REPEATS * 4)]
        theirs = [_analysed() for _ in range(PANDAS_REPEATS)]
    seconds = statistics.median(one["seconds"] for one in ours)
    yield {
        "figure": "rescore_seconds",
        "value": round(seconds, 2),
        "worst": round(max(one["seconds"] for one in ours), 2),
        "peak_mb": round(max(one["peak_kb"] for one in ours) / 1024),
        "unit": f"s, {accounts:,} accounts, states, every row written",
    }
    total = statistics.median(total for total, _, _ in theirs)
    reading = statistics.median(reading for _, reading, _ in theirs)
    yield {
        "figure": "pandas_seconds",
        "value": round(total, 2),
        "of_which_reading": round(reading, 2),
        "unit": f"s, {signals:,} signals",
    }
    yield {
        "figure": "pandas_over_rescore",
        "value": round(total / seconds, 1),
        "without_reading": round((total - reading) / seconds, 1),
        "unit": "ratio",
    }
    yield {
        "figure": f"top_{TOP}_ms",
        "value": round(statistics.median(tops) * 1000, 2),
        "worst": round(max(tops) * 1000, 2),
        "unit": "ms by score",
    }
    yield {
        "figure": "largest_difference",
        "value": float(f"{max(apart for _, _, apart in theirs):.3g}"),
        "unit": "points of intent between the two",
    }


_RESCORE = """
import json, resource, time
import django
django.setup()
from django.utils import timezone
from signals.services import score
before = time.monotonic()
score.refresh(now=timezone.now())
spent = time.monotonic() - before
print(json.dumps({"seconds": spent, "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def _rescored() -> dict[str, float]:
    """In a process of its own, whose memory is the rescore's. The stored figures are spoilt before: all are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE signals_accountstate SET intent = 0, score = 0, score_week_ago = 0, scored_at = NULL"
        )
        cursor.execute("VACUUM signals_accountstate")
    checkpoint()
    said = subprocess.run(
        [sys.executable, "-c", _RESCORE], cwd=PROJECT, check=True, capture_output=True
    ).stdout
    found: dict[str, float] = json.loads(said)
    return found


def _top() -> float:
    started = time.monotonic()
    list(AccountState.objects.order_by("-score").values_list("account_id", "score")[:TOP])
    return time.monotonic() - started


def _analysed() -> tuple[float, float, float]:
    """Seconds in all, of which reading, and how far the result is from ours."""
    now = timezone.now()
    started = time.monotonic()
    frame = _read()
    reading = time.monotonic() - started
    theirs = _pandas(frame, now)
    total = time.monotonic() - started
    stored = dict(
        AccountState.objects.filter(account_id__in=list(theirs)[:1000]).values_list("account_id", "intent")
    )
    return total, reading, max(abs(stored[key] - theirs[key]) for key in stored)


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
