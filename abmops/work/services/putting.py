"""Putting items on the list and taking them off again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import psycopg2
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from abmops.work import kinds
from abmops.work.nudge import nudge_on_commit, nudge_soon


@dataclass(frozen=True, slots=True)
class Put:
    """One item to put. `run_at=None` is at once, by the database's clock; `lane` only for a kind not known
    here.
    """

    kind: str
    dedup_key: str | None = None
    subject_id: int | None = None
    run_at: datetime | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    lane: str | None = None
    schema_v: int = 1


def put(
    *,
    kind: str,
    dedup_key: str | None = None,
    subject_id: int | None = None,
    run_at: datetime | None = None,
    payload: dict[str, Any] | None = None,
    body: bytes | None = None,
    lane: str | None = None,
    schema_v: int = 1,
) -> None:
    """Put one item; see `put_many`."""
    put_many([Put(kind, dedup_key, subject_id, run_at, payload or {}, body, lane, schema_v)])


def put_many(puts: Iterable[Put]) -> None:
    """Put items in one statement, in the caller's transaction, and nudge their lanes after its commit.

    An item without a `dedup_key` is a new one each time. An item whose `dedup_key` is on the list already
    changes nothing. A coalescing item merges into the ready one of its kind and subject: the earlier moment,
    the later payload's fields. A retry in its pause keeps its pause, so that a stream of signals does not
    hammer a failing account.
    """
    plain: list[Put] = []
    keyed: dict[str, Put] = {}
    coalescing: dict[tuple[str, int], Put] = {}
    for item in puts:
        kind = kinds.find(item.kind)
        if kind is not None and kind.coalesce:
            if item.subject_id is None or item.dedup_key is not None:
                raise ValueError(f"{item.kind} is merged by its subject: give subject_id, and no dedup_key.")
            key = (item.kind, item.subject_id)
            coalescing[key] = _merged(coalescing[key], item) if key in coalescing else item
        elif item.dedup_key is None:
            plain.append(item)
        else:
            keyed.setdefault(item.dedup_key, item)
    # Sorted, so that two transactions that put the same items wait for each other and never in a circle.
    if plain:
        _insert(plain, on_conflict="", attempts="0")
    if keyed:
        _insert([keyed[key] for key in sorted(keyed)], on_conflict=_KEEP_FIRST, attempts="0")
    if coalescing:
        _insert(
            [coalescing[pair] for pair in sorted(coalescing)], on_conflict=_MERGE, attempts=_ALONE_AFTER_DEATH
        )


def append(*, kind: str, subject_id: int, payload: dict[str, Any], body: bytes) -> None:
    """Put one item that is new in any case and due at once: a third of the price of `put`, for the door of signals.

    Outside a transaction it is durable when this returns.
    """
    append_found(kind, "SELECT %s::bigint AS id, '{}'::jsonb AS payload", [subject_id], payload, body)


def append_found(
    kind: str, subject: str, asked: Sequence[Any], payload: dict[str, Any], body: bytes
) -> int | None:
    """`append` in one statement with the query for the subject's `id` and what it adds to the `payload`.

    Returns the id; None, with nothing put, where the query finds nothing.
    """
    found = kinds.find(kind)
    if found is None or found.coalesce:
        raise ValueError(f"{kind} is no kind of work whose items are each their own.")
    values = (kind, found.lane, found.max_attempts, msgspec.json.encode(payload).decode(), body, *asked)
    with connection.cursor() as cursor:
        cursor.execute(f"{_APPEND} FROM ({subject}) AS subject RETURNING subject_id", values)
        row = cursor.fetchone()
    if row is None:
        return None
    if connection.in_atomic_block:
        nudge_on_commit(found.lane)
    else:
        nudge_soon(found.lane)
    return int(row[0])


_APPEND = """
INSERT INTO work_workitem (kind, lane, max_attempts, payload, body, subject_id, coalesces, run_at, state, attempts,
    worker, schema_v, last_error, created_at)
SELECT %s, %s, %s, %s::jsonb || subject.payload, %s, subject.id, false, statement_timestamp(), 'ready', 0,
    '', 1, '', statement_timestamp()
"""


def _merged(first: Put, second: Put) -> Put:
    moment = None if first.run_at is None or second.run_at is None else min(first.run_at, second.run_at)
    return replace(second, run_at=moment, payload={**first.payload, **second.payload})


_COLUMNS = "kind, lane, subject_id, dedup_key, coalesces, run_at, max_attempts, payload, body, schema_v"
_KEEP_FIRST = "ON CONFLICT (dedup_key) WHERE NOT (state = 'cancelled') DO NOTHING"
# DO UPDATE and not DO NOTHING: it locks the row it merges into. With DO NOTHING a worker could claim and
# finish that row before this transaction commits, and what this transaction adds would never be looked at.
_MERGE = """
ON CONFLICT (kind, subject_id) WHERE coalesces AND state = 'ready' DO UPDATE SET
  run_at = CASE WHEN work_workitem.attempts = 0 THEN least(work_workitem.run_at, excluded.run_at)
                ELSE work_workitem.run_at END,
  payload = work_workitem.payload || excluded.payload,
  body = coalesce(excluded.body, work_workitem.body),
  schema_v = greatest(work_workitem.schema_v, excluded.schema_v)
"""


# A subject with a dead item has shown that it can fail: it runs alone until somebody has looked.
_ALONE_AFTER_DEATH = """CASE WHEN EXISTS (
  SELECT FROM work_workitem d
  WHERE d.kind = t.kind AND d.subject_id = t.subject_id AND d.coalesces AND d.state = 'dead')
  THEN 1 ELSE 0 END"""


def _insert(items: Sequence[Put], *, on_conflict: str, attempts: str) -> None:
    rows = [(item, kinds.find(item.kind)) for item in items]
    columns: tuple[list[Any], ...] = (
        [item.kind for item in items],
        [kind.lane if kind else item.lane or kinds.DEFAULT_LANE.value for item, kind in rows],
        [item.subject_id for item in items],
        [item.dedup_key for item in items],
        [kind is not None and kind.coalesce for _, kind in rows],
        [item.run_at for item in items],
        [kind.max_attempts if kind else kinds.DEFAULT_ATTEMPTS for _, kind in rows],
        [json.dumps(item.payload, cls=DjangoJSONEncoder) for item in items],
        [None if item.body is None else psycopg2.Binary(item.body) for item in items],
        [item.schema_v for item in items],
    )
    sql = f"""
        WITH added AS (
          INSERT INTO work_workitem ({_COLUMNS}, state, attempts, worker, last_error, created_at)
          SELECT kind, lane, subject_id, dedup_key, coalesces, coalesce(run_at, statement_timestamp()),
                 max_attempts, payload::jsonb, body, schema_v, 'ready', {attempts}, '', '',
                 statement_timestamp()
          FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::bool[], %s::timestamptz[],
                      %s::int[], %s::text[], %s::bytea[], %s::int[]) AS t({_COLUMNS})
          {on_conflict}
          RETURNING lane, run_at)
        SELECT DISTINCT lane FROM added WHERE run_at <= clock_timestamp()
    """  # noqa: S608  (the pieces are constants of this module)
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
        lanes = [lane for (lane,) in cursor.fetchall()]
    for lane in lanes:
        nudge_on_commit(lane)


@transaction.atomic
def cancel(*, dedup_key: str) -> int:
    """Take a waiting item off the list, in the caller's transaction; how many went (0 or 1).

    Never waits: an item whose handler runs at this moment is left to it, and the handler, which locks its
    subject, sees the caller's change and does nothing. A cancelled key is free again. A timer that moves
    should carry its moment or version in its key (`sla:17:2026-11-24T09:00`), so that putting the new one
    cannot meet the old one at work.
    """
    return cancel_many(dedup_keys=[dedup_key])


@transaction.atomic
def cancel_many(*, dedup_keys: Iterable[str]) -> int:
    """`cancel` for several keys, in one statement."""
    keys = sorted(set(dedup_keys))
    if not keys:
        return 0
    kept = [kind.name for kind in kinds.all_kinds() if kind.keep_done]
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"keys": keys, "kept": kept})
        (count,) = cursor.fetchone()
    return int(count)


_CANCEL = """
WITH pending AS MATERIALIZED (
  SELECT id, kind FROM work_workitem WHERE dedup_key = ANY(%(keys)s::text[]) AND state IN ('ready', 'leased')
  ORDER BY id FOR UPDATE SKIP LOCKED),
gone AS (
  DELETE FROM work_workitem w USING pending p
  WHERE w.id = p.id AND NOT p.kind = ANY(%(kept)s::text[]) RETURNING 1),
marked AS (
  UPDATE work_workitem w
  SET state = 'cancelled', done_at = statement_timestamp(), lease_token = NULL, lease_until = NULL
  FROM pending p WHERE w.id = p.id AND p.kind = ANY(%(kept)s::text[]) RETURNING 1)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM marked)
"""
