"""Keeping a lease while its worker lives, and taking it away once it does not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error as DatabaseError
from django.db import connection, transaction

from abmops.work.services.claiming import Claim
from abmops.work.services.finishing import end_coalescing

log = logging.getLogger(__name__)

SWEEP = 1_000
WORKER_LOST = "The worker ended, or held it longer than its lease."


@contextmanager
def renewed(claim: Claim) -> Iterator[None]:
    """Renew the lease of `claim` at each third of it, from a thread with its own connection, until the block
    ends.
    """
    stop = threading.Event()

    def keep() -> None:
        try:
            while not stop.wait(claim.kind.lease.total_seconds() / 3):
                _renew(claim)
        except DatabaseError as error:
            log.warning("The lease of %s could not be renewed: %s", claim.kind.name, error)
        finally:
            connection.close()

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _renew(claim: Claim) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE work_workitem SET lease_until = statement_timestamp() + %s * interval '1 second'"
            " WHERE id = ANY(%s) AND lease_token = %s::uuid AND state = 'leased'",
            [
                claim.kind.lease.total_seconds(),
                [item.pk for item in claim.items],
                str(claim.items[0].lease_token),
            ],
        )


def reclaim() -> int:
    """Bring back items whose lease ran out; how many. Any number of processes may call it at once.

    Rows locked by a handler that is still at work are skipped: they are not lost, only late. The first try is
    repeated at once and alone; it is never the last, since the item may have been an innocent one of a batch.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RECLAIM_PLAIN, {"reason": WORKER_LOST, "limit": SWEEP})
        count = int(cursor.rowcount)
        cursor.execute(_EXPIRED_COALESCING, {"limit": SWEEP})
        expired = cursor.fetchall()
    for pk, token, is_last, wait in expired:
        parameters = {
            "token": str(token),
            "state": "dead" if is_last else "ready",
            "wait": wait,
            "reason": WORKER_LOST,
            "back": 0,
        }
        count += end_coalescing(pk, parameters, expired=True)
    return count


_LAST = "attempts >= greatest(max_attempts, 2)"
_WAIT = """CASE WHEN attempts < 2 THEN interval '0'
  ELSE least(900, 2 ^ least(attempts - 1, 10)) * (0.8 + 0.4 * random()) * interval '1 second' END"""
_RECLAIM_PLAIN = f"""
WITH expired AS MATERIALIZED (
  SELECT id FROM work_workitem
  WHERE state = 'leased' AND lease_until < statement_timestamp() AND NOT coalesces
  ORDER BY lease_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE work_workitem w
SET state = CASE WHEN {_LAST} THEN 'dead' ELSE 'ready' END, lease_token = NULL, lease_until = NULL,
    last_error = %(reason)s,
    run_at = CASE WHEN {_LAST} THEN run_at ELSE statement_timestamp() + {_WAIT} END,
    done_at = CASE WHEN {_LAST} THEN statement_timestamp() END
FROM expired WHERE w.id = expired.id
"""  # noqa: S608  (the pieces are constants of this module)
_EXPIRED_COALESCING = f"""
SELECT id, lease_token, {_LAST}, {_WAIT} FROM work_workitem
WHERE state = 'leased' AND lease_until < statement_timestamp() AND coalesces
ORDER BY lease_until LIMIT %(limit)s
"""  # noqa: S608  (the pieces are constants of this module)
