"""Taking items: whoever is free leases what has been due longest."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction

from abmops.work import crash, kinds
from abmops.work.kinds import Kind
from abmops.work.models import WorkItem

FIELDS = (
    "id", "kind", "lane", "subject_id", "dedup_key", "coalesces", "run_at", "state", "attempts",
    "max_attempts", "lease_token", "lease_until", "worker", "payload", "body", "schema_v", "last_error",
    "created_at", "done_at",
)  # fmt: skip
_RETURNED = ", ".join(f"w.{name}" for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Claim:
    """Items of one kind under one lease. `now` is when they were claimed, by the clock they are due by."""

    kind: Kind
    items: Sequence[WorkItem]
    now: datetime


@cache
def _host() -> str:
    return socket.gethostname()


def whoami() -> str:
    """This process, as it signs its leases."""
    return f"{_host()}:{os.getpid()}"


# `statement_timestamp()` is stable, so it bounds the index scan; `clock_timestamp()` would read every future
# timer.
_LEASE = f"""
due AS MATERIALIZED (
  SELECT w.id FROM work_workitem w
  WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = %(lane)s AND w.kind = (SELECT kind FROM head)
    AND w.run_at <= coalesce(%(now)s::timestamptz, statement_timestamp())
  ORDER BY w.run_at LIMIT (SELECT size FROM head) FOR UPDATE SKIP LOCKED),
leased AS (
  UPDATE work_workitem w
  SET state = 'leased', attempts = w.attempts + 1, lease_token = %(token)s::uuid, worker = %(worker)s,
      lease_until = statement_timestamp() + (SELECT lease FROM head)
  FROM due WHERE w.id = due.id
  RETURNING {_RETURNED})
SELECT head.kind, coalesce(%(now)s::timestamptz, statement_timestamp()), leased.*
FROM head LEFT JOIN leased ON true
"""  # noqa: S608  (column names are constants)
# The lease of a first try need not outlive a crash of the database, which ends whoever holds it: nobody waits for the
# disk. What the work itself writes is durable, and with it the lease before it.
_NOT_DURABLE = "SET LOCAL synchronous_commit = off"

_FIRST_TRIES = f"""
WITH known AS (
  SELECT * FROM unnest(%(kinds)s::text[], %(sizes)s::int[], %(leases)s::interval[], %(head_starts)s::interval[])
    AS k(kind, size, lease, head_start)),
head AS MATERIALIZED (
  SELECT known.kind, known.size, known.lease
  FROM known, LATERAL (
    SELECT w.run_at FROM work_workitem w
    WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = %(lane)s AND w.kind = known.kind
      AND w.run_at <= coalesce(%(now)s::timestamptz, statement_timestamp())
    ORDER BY w.run_at LIMIT 1) oldest
  ORDER BY oldest.run_at - known.head_start LIMIT 1),
{_LEASE}
"""  # noqa: S608  (column names are constants)

_RETRY = f"""
WITH due AS MATERIALIZED (
  SELECT w.id FROM work_workitem w
  WHERE w.state = 'ready' AND w.attempts > 0 AND w.lane = %(lane)s AND w.kind = ANY(%(kinds)s::text[])
    AND w.run_at <= coalesce(%(now)s::timestamptz, statement_timestamp())
  ORDER BY w.run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE work_workitem w
SET state = 'leased', attempts = w.attempts + 1, lease_token = %(token)s::uuid, worker = %(worker)s,
    lease_until = statement_timestamp()
                  + (%(leases)s::interval[])[array_position(%(kinds)s::text[], w.kind::text)]
FROM due WHERE w.id = due.id
RETURNING w.kind, coalesce(%(now)s::timestamptz, statement_timestamp()), {_RETURNED}
"""  # noqa: S608  (column names are constants)


def claim(lane: str, *, now: datetime | None = None, only: Collection[str] | None = None) -> Claim | None:
    """Lease a batch of the kind whose oldest first try, head starts counted, has waited longest, or None.
    Attempts are counted here, before the work, so that an item that kills its worker still comes to an end.

    Due by the database's clock, or by `now` where a test sets it. `only` limits the kinds. Kinds that this
    release does not know are not touched: a release that knows them takes them.
    """
    known = [kind for kind in kinds.of_lane(lane) if only is None or kind.name in only]
    while known:
        rows = _run(_FIRST_TRIES, lane, known, now, before=_NOT_DURABLE)
        if not rows:
            return None
        kind = next(kind for kind in known if kind.name == rows[0][0])
        if rows[0][2] is not None:
            return _claimed(kind, rows)
        known.remove(kind)  # somebody is claiming the rest of it at this moment; look at the other kinds
    return None


def claim_retry(
    lane: str, *, now: datetime | None = None, only: Collection[str] | None = None
) -> Claim | None:
    """Lease one item that has been tried before. Retries run alone, so that one bad item takes nobody with
    it.
    """
    known = [kind for kind in kinds.of_lane(lane) if only is None or kind.name in only]
    rows = _run(_RETRY, lane, known, now) if known else []
    if not rows:
        return None
    return _claimed(next(kind for kind in known if kind.name == rows[0][0]), rows)


def _run(
    sql: str, lane: str, known: Sequence[Kind], now: datetime | None, before: str = ""
) -> list[tuple[Any, ...]]:
    parameters = {
        "lane": lane,
        "kinds": [kind.name for kind in known],
        "sizes": [kind.claim_size for kind in known],
        "leases": [kind.lease for kind in known],
        "head_starts": [kind.head_start for kind in known],
        "token": str(uuid.uuid4()),
        "worker": whoami(),
        "now": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{before};{sql}" if before else sql, parameters)
        return list(cursor.fetchall())


def _claimed(kind: Kind, rows: Sequence[tuple[Any, ...]]) -> Claim:
    crash.point("after_claim")
    items = [_item(row[2:]) for row in rows]
    return Claim(kind, sorted(items, key=lambda item: (item.run_at, item.pk)), rows[0][1])


def _item(row: Sequence[Any]) -> WorkItem:
    values = dict(zip(FIELDS, row, strict=True))
    values["payload"] = json.loads(values["payload"])
    values["body"] = None if values["body"] is None else bytes(values["body"])
    return WorkItem.from_db(connection.alias, FIELDS, list(values.values()))
