"""Meetings that are booked and not over: the one reading that bursts, treatments, steps and the calendar go by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import AccountEvent
from plays.domain.meeting import BOOKED_AHEAD, LASTS, UNDATED, Ahead


def ahead(account_ids: Collection[int], *, now: datetime) -> dict[int, Ahead]:
    """Account -> the last of its meetings that are not over at `now`; one query.

    One that was never booked or was called off is none. A meeting that came as a touch is when the touch says now; one
    whose touch is gone, or is no meeting any more, is none either.
    """
    if not account_ids:
        return {}
    values: dict[str, Any] = {
        "ids": list(account_ids),
        "kind": AccountEvent.Kind.MEETING_BOOKED,
        "told_since": now - BOOKED_AHEAD,
        "lasts": LASTS,
        "undated": UNDATED,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, values)
        return {account: Ahead(over, starts) for account, over, starts in cursor.fetchall()}


_AHEAD = """
SELECT DISTINCT ON (account_id) account_id, over, starts FROM (
  SELECT account_id, starts, coalesce(starts + %(lasts)s, at + %(undated)s) AS over FROM (
    SELECT e.account_id, e.at, coalesce((e.payload->>'on')::timestamptz, t.occurred_at) AS starts
    FROM accounts_accountevent e
    LEFT JOIN accounts_touch t ON NOT e.payload ? 'on' AND t.id = (e.payload->>'touch')::bigint
    WHERE e.account_id = ANY(%(ids)s) AND e.kind = %(kind)s AND e.at >= %(told_since)s
      AND e.withdrawn_at IS NULL AND NOT e.payload ? 'off'
      AND (e.payload ? 'on' OR e.payload->>'touch' IS NULL OR t.channel = 'meeting')
  ) told
) m WHERE over > %(now)s ORDER BY account_id, over DESC
"""
