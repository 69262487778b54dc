"""What signals say to a decision: what an account did of late, and what stands behind a crossing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abmops.lib.choices import SourceKind
from abmops.lib.ids import first_uuid7
from plays.domain import vocabulary as words
from plays.domain.facts import ENGAGED, independent


def heard(
    ids: list[int], *, days: int, now: datetime
) -> tuple[dict[int, tuple[datetime, ...]], dict[int, dict[int, datetime]]]:
    """Per account: when its independent qualifying signals last came, and when each contact that acted last did."""
    since = now - timedelta(days=days)
    came: dict[int, list[tuple[int, int | None, datetime]]] = defaultdict(list)
    acted: dict[int, dict[int, datetime]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, _lately(ids, now=now))
        rows = cursor.fetchall()
    for account, contact, qualifies, kind, last in rows:
        if qualifies and last >= since:
            came[account].append((kind, contact, last))
        if contact is not None:
            acted[account][contact] = max(last, acted[account].get(contact, last))
    return {account: independent(seen) for account, seen in came.items()}, acted


def engaged_contacts(ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Per account: how many contacts acted lately, as `AccountFacts.engaged_contacts` says it; one query."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ACTED, _lately(ids, now=now))
        return dict(cursor.fetchall())


def _lately(ids: Collection[int], *, now: datetime) -> dict[str, Any]:
    since = now - ENGAGED
    return {"ids": list(ids), "since": since, "now": now, "first": first_uuid7(since - timedelta(days=1))}


# The table is partitioned by the time-ordered id; no signal is received before it occurred.
_LATELY = """
s.account_id = ANY(%(ids)s::bigint[]) AND s.occurred_at >= %(since)s AND s.occurred_at <= %(now)s AND s.id >= %(first)s
"""
_HEARD = f"""
SELECT s.account_id, s.contact_id, t.qualifying, s.type_id, max(s.occurred_at)
FROM signals_signal s JOIN signals_signaltype t ON t.id = s.type_id WHERE {_LATELY} GROUP BY 1, 2, 3, 4
"""  # noqa: S608  (our own constants)
_ACTED = f"""
SELECT s.account_id, count(DISTINCT s.contact_id) FROM signals_signal s
WHERE {_LATELY} AND s.contact_id IS NOT NULL GROUP BY 1
"""  # noqa: S608  (our own constants)


def qualifying(ids: Collection[int], *, days: int, now: datetime) -> dict[int, tuple[datetime, ...]]:
    """Per account: when each of its independent qualifying signals of the last `days` days last came; one query."""
    return heard(list(ids), days=days, now=now)[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the signals behind a crossing say: who acted, how strongly, in words."""

    hand_raise: bool = False
    strong_inbound: bool = False
    contact_id: int | None = None
    words: str = ""


def evidence_of(signal_ids: Mapping[int, Iterable[UUID]]) -> dict[int, Evidence]:
    """Crossing id -> its evidence, in one query. Strong inbound: the account itself did something that
    qualifies.
    """
    wanted = sorted({pk for ids in signal_ids.values() for pk in ids})
    rows = {}
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_BEHIND, {"ids": wanted})
            rows = {row[0]: _Behind(*row) for row in cursor.fetchall()}
    return {
        crossing: _evidence([rows[pk] for pk in ids if pk in rows]) for crossing, ids in signal_ids.items()
    }


@dataclass(frozen=True, slots=True)
class _Behind:
    """A signal behind a crossing."""

    id: UUID
    contact: int | None
    contact_name: str | None
    occurred_at: datetime
    name: str
    kind: str
    qualifying: bool
    hand_raise: bool


_BEHIND = """
SELECT s.id, s.contact_id, c.name, s.occurred_at, t.name, t.kind, t.qualifying, t.hand_raise
FROM signals_signal s JOIN signals_signaltype t ON t.id = s.type_id LEFT JOIN accounts_contact c ON c.id = s.contact_id
WHERE s.id = ANY(%(ids)s::uuid[])
"""


def _evidence(signals: list[_Behind]) -> Evidence:
    own = (SourceKind.FIRST_PARTY, SourceKind.PRODUCT)
    newest_first = sorted(signals, key=lambda row: row.occurred_at, reverse=True)
    counts: dict[str, int] = defaultdict(int)
    for row in newest_first:
        counts[row.name] += 1
    contacts = {row.contact for row in signals if row.contact is not None}
    parts = [name if n == 1 else f"{name} ({n})" for name, n in counts.items()]
    who = ""
    if len(contacts) == 1:
        who = next(f" by {row.contact_name}" for row in newest_first if row.contact is not None)
    elif contacts:
        who = f" by {words.counted(len(contacts), 'person', 'people')}"
    return Evidence(
        hand_raise=any(row.hand_raise for row in signals),
        strong_inbound=any(row.qualifying and row.kind in own for row in signals),
        contact_id=next((row.contact for row in newest_first if row.contact is not None), None),
        words=f"{words.listed(parts[:4], joiner='and')}{who}" if parts else "",
    )
