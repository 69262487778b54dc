"""How an attempt ends: done, back to ready, merged into a newer item, or dead. Every statement is fenced by
the lease.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from abmops.work.domain.backoff import pause
from abmops.work.domain.reasons import reason_for
from abmops.work.errors import Fenced, GiveUp, Later
from abmops.work.models import State, WorkItem
from abmops.work.services.claiming import Claim

log = logging.getLogger(__name__)


def hold(items: Sequence[WorkItem]) -> list[WorkItem]:
    """Lock the items that are still ours until the transaction ends; those whose lease has gone to another
    are left out.

    Waits for nobody but the sweep that may be taking a lease away at this moment.
    """
    if not items:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM work_workitem WHERE id = ANY(%s) AND lease_token = %s::uuid AND state = 'leased'"
            " ORDER BY id FOR UPDATE",
            [[item.pk for item in items], str(items[0].lease_token)],
        )
        ours = {pk for (pk,) in cursor.fetchall()}
    return [item for item in items if item.pk in ours]


def hold_one(item: WorkItem) -> None:
    """For a handler outside: lock its item inside its own transaction before it writes, or raise `Fenced`."""
    if not hold([item]):
        raise Fenced(f"{item} is no longer ours.")


def complete(*, claim: Claim, items: Sequence[WorkItem]) -> int:
    """Finish items in the caller's transaction, with their effects, or on their own; how many were still ours."""
    if not items:
        return 0
    if claim.kind.keep_done:
        sql = (
            "UPDATE work_workitem SET state = 'done', done_at = statement_timestamp(), lease_token = NULL,"
            " lease_until = NULL, last_error = ''"
            " WHERE id = ANY(%s) AND lease_token = %s::uuid AND state = 'leased'"
        )
    else:
        sql = "DELETE FROM work_workitem WHERE id = ANY(%s) AND lease_token = %s::uuid AND state = 'leased'"
    with connection.cursor() as cursor:
        cursor.execute(sql, [[item.pk for item in items], str(items[0].lease_token)])
        return int(cursor.rowcount)


def fail(*, claim: Claim, error: Exception) -> None:
    """End a failed attempt. A batch goes back to be tried one by one at once; a single item pauses, or is
    dead.
    """
    reason = reason_for(error)
    log.warning("%d of %s failed: %s", len(claim.items), claim.kind.name, reason)
    if len(claim.items) > 1:
        # Which of them it was is not known yet, so none of them is given up and none has to wait.
        _end(claim.items, state=State.READY, wait=timedelta(0), reason=reason)
        return
    (item,) = claim.items
    if isinstance(error, Later) and not error.counted:
        _end([item], state=State.READY, wait=error.after, reason=reason, uncounted=True)
    elif isinstance(error, GiveUp) or item.attempts >= max(item.max_attempts, 1):
        _end([item], state=State.DEAD, wait=timedelta(0), reason=reason)
    else:
        wait = error.after if isinstance(error, Later) else pause(item.attempts, draw=random.random())  # noqa: S311
        _end([item], state=State.READY, wait=wait, reason=reason)


def give_back(items: Sequence[WorkItem], *, wait: timedelta, reason: str) -> None:
    """Back to ready, the attempt not counted: it never started, or the database asked for it again."""
    _end(items, state=State.READY, wait=wait, reason=reason, uncounted=True)


def _end(
    items: Sequence[WorkItem], *, state: str, wait: timedelta, reason: str, uncounted: bool = False
) -> None:
    """Set-based, but one by one for coalescing items, which may meet a newer ready sibling."""
    plain = [item.pk for item in items if not item.coalesces]
    parameters: dict[str, Any] = {
        "token": str(items[0].lease_token),
        "state": state,
        "wait": wait,
        "reason": reason,
        "back": 1 if uncounted else 0,
    }
    if plain:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_END_PLAIN, {**parameters, "ids": plain})
    for item in items:
        if item.coalesces:
            end_coalescing(item.pk, parameters)


# Attempts stay at 1 or more when an item comes back uncounted: it runs alone from here on.
_END_PLAIN = """
UPDATE work_workitem
SET state = %(state)s, lease_token = NULL, lease_until = NULL, last_error = %(reason)s,
    attempts = CASE WHEN %(back)s = 1 THEN greatest(attempts - 1, 1) ELSE attempts END,
    run_at = CASE WHEN %(state)s = 'ready' THEN statement_timestamp() + %(wait)s ELSE run_at END,
    done_at = CASE WHEN %(state)s = 'dead' THEN statement_timestamp() END
WHERE id = ANY(%(ids)s) AND lease_token = %(token)s::uuid AND state = 'leased'
"""

# A ready sibling takes over: the attempts of both are one history, or a bad subject would start afresh with
# each signal; what the older payload knew and the newer one does not say is kept. A dead item stands for
# older dead ones of its subject. SKIP LOCKED: a row that somebody holds is a handler at work, or another
# sweep.
_END_COALESCING = """
WITH mine AS MATERIALIZED (
  SELECT id, kind, subject_id, payload,
         CASE WHEN %(back)s = 1 THEN greatest(attempts - 1, 1) ELSE attempts END AS attempts
  FROM work_workitem
  WHERE id = %(id)s AND lease_token = %(token)s::uuid AND state = 'leased'
    AND (NOT %(expired)s OR lease_until < statement_timestamp())
  FOR UPDATE SKIP LOCKED),
sibling AS (
  UPDATE work_workitem s
  SET attempts = greatest(s.attempts, mine.attempts), payload = mine.payload || s.payload,
      last_error = %(reason)s, run_at = greatest(s.run_at, statement_timestamp() + %(wait)s)
  FROM mine
  WHERE s.kind = mine.kind AND s.subject_id = mine.subject_id AND s.coalesces AND s.state = 'ready'
  RETURNING s.id),
older AS (
  UPDATE work_workitem o SET state = 'superseded', done_at = statement_timestamp()
  FROM mine
  WHERE %(state)s = 'dead' AND o.kind = mine.kind AND o.subject_id = mine.subject_id AND o.coalesces
    AND o.state = 'dead')
UPDATE work_workitem w
SET state = CASE WHEN %(state)s = 'ready' AND EXISTS (SELECT FROM sibling) THEN 'superseded'
                 ELSE %(state)s END,
    lease_token = NULL, lease_until = NULL, last_error = %(reason)s, attempts = mine.attempts,
    run_at = CASE WHEN %(state)s = 'ready' THEN statement_timestamp() + %(wait)s ELSE w.run_at END,
    done_at = CASE WHEN %(state)s = 'dead' OR EXISTS (SELECT FROM sibling) THEN statement_timestamp() END
FROM mine WHERE w.id = mine.id
"""
RACES = 10


def end_coalescing(pk: int, parameters: dict[str, Any], *, expired: bool = False) -> bool:
    """End one coalescing item in a transaction of its own; whether it was there to be ended.

    A sibling that appears between look and write (23505) is met at the next look. `expired`: only if its
    lease has run out by now.
    """
    for _ in range(RACES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_END_COALESCING, {**parameters, "id": pk, "expired": expired})
                return bool(cursor.rowcount == 1)
        except IntegrityError:
            continue
    log.error("Work item %s met a new sibling %s times; its lease will run out.", pk, RACES)
    return False
