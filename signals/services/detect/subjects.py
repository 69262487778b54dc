"""The accounts under evaluation: locked and read, then written back, in statements that their number does not raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from abmops.lib import prepared
from abmops.lib.arrays import NUMBERS, listed
from signals.domain.packing import StateLayoutError
from signals.domain.state import RollingState
from signals.selectors import Book, LiveThreshold
from signals.services.memory import memories_of, remember


@dataclass(slots=True)
class Subject:
    """One account under evaluation, locked."""

    account_id: int
    state: RollingState
    stored: bytes
    armed: dict[str, Any]
    fit: float
    tier: int | None
    seen: int
    judged_at: float | None = None
    score_week_ago: float = 0.0
    score_was: float = 0.0
    is_remade: bool = False
    is_lost: bool = False
    crossed: list[LiveThreshold] = field(default_factory=list)
    intent: float = 0.0
    score: float = 0.0


def lock(account_ids: list[int], book: Book) -> list[Subject]:
    """The accounts' state rows locked in id order, then those that were missing: two workers never wait in a ring."""
    with connection.cursor() as cursor:
        wanted = [listed(account_ids)]
        prepared.run(cursor, _LOCK, wanted)
        rows = cursor.fetchall()
        if missing := sorted(set(account_ids).difference(row[0] for row in rows)):
            cursor.execute(_ENSURE, [missing])
            prepared.run(cursor, _LOCK, [listed(missing)])
            rows = sorted(rows + cursor.fetchall())
        # A statement of its own: one that waited for the lock would see what was there before it.
        memories = memories_of(cursor, account_ids)
        touched: dict[int, datetime] = {}
        if book.watches_dormancy:
            prepared.run(cursor, _LAST_TOUCH, wanted)
            touched = dict(cursor.fetchall())
    subjects = []
    for account_id, armed, seen, fit, tier, created_at, judged_at, week_ago, was in rows:
        stored = memories.get(account_id, b"")
        try:
            rolling = RollingState.load(stored)
            is_lost = bool(seen) and not stored
        except StateLayoutError:
            rolling, is_lost = RollingState(), True
        rolling.know_since(created_at)
        if account_id in touched:
            rolling.touch(touched[account_id].timestamp())
        memory = msgspec.json.decode(armed)
        subject = Subject(account_id, rolling, stored, memory, fit, tier, seen, judged_at, week_ago, was)
        subject.is_lost = is_lost
        subjects.append(subject)
    return subjects


_ENSURE = """
INSERT INTO signals_accountstate (account_id, armed, intent, score, score_week_ago, signals_seen)
SELECT id, '{}', 0, 0, 0, 0 FROM accounts_account a WHERE id = ANY(%s)
ORDER BY id FOR KEY SHARE OF a ON CONFLICT DO NOTHING
"""
_LOCK = f"""
SELECT s.account_id, s.armed::text, s.signals_seen, a.fit, a.tier, extract(epoch FROM a.created_at)::float8,
    extract(epoch FROM s.scored_at)::float8, s.score_week_ago, s.score
FROM signals_accountstate s JOIN accounts_account a ON a.id = s.account_id
WHERE s.account_id = ANY({NUMBERS}) ORDER BY s.account_id FOR UPDATE OF s
"""  # noqa: S608  (a constant)
_LAST_TOUCH = f"""
SELECT wanted.id, last.occurred_at FROM unnest({NUMBERS}) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT occurred_at FROM accounts_touch t WHERE t.account_id = wanted.id ORDER BY occurred_at DESC LIMIT 1
) last
"""  # noqa: S608  (a constant)


def save(subjects: Sequence[Subject], now: datetime) -> None:
    """What has become of them: the columns that everybody reads, and the memories that have changed."""
    rows = [
        {
            "account_id": subject.account_id,
            "armed": subject.armed,
            "intent": subject.intent,
            "score": subject.score,
            "week_ago": subject.score_week_ago,
            "last_signal_at": subject.state.last_signal_at,
            "seen": subject.seen,
        }
        for subject in subjects
    ]
    if rows:
        with connection.cursor() as cursor:
            prepared.run(cursor, _SAVE, [now, msgspec.json.encode(rows).decode()])
    dumps = [(subject.account_id, subject.stored, subject.state.dump()) for subject in subjects]
    remember([(account_id, dump) for account_id, stored, dump in dumps if dump != stored])


# As one text of JSON: a list of VALUES costs the sender ten times as much.
_SAVE = """
UPDATE signals_accountstate s SET armed = v.armed, intent = v.intent, score = v.score, score_week_ago = v.week_ago,
    scored_at = %s, last_signal_at = to_timestamp(v.last_signal_at), signals_seen = v.seen
FROM jsonb_to_recordset(%s) AS v(account_id bigint, armed jsonb, intent float8, score float8, week_ago float8,
    last_signal_at float8, seen bigint)
WHERE s.account_id = v.account_id
"""
