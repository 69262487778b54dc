"""What a person does about dead items."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction

from abmops.work.models import State, Verdict, WorkItem
from abmops.work.nudge import nudge_on_commit

MOST = 10_000


@transaction.atomic
def replay(*, by: str, ids: Collection[int] | None = None, kind: str | None = None) -> int:
    """Send dead items round again, at once and alone: those named, or all of a kind, or all; how many went.

    They keep the last reason until they succeed. A coalescing item whose subject waits anyway is merged into
    the waiting one.
    """
    items = _dead(ids, kind)
    _record(items, Verdict.Action.REPLAYED, by)
    alone = [item.pk for item in items if not item.coalesces]
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, [alone])
        for item in items:
            if item.coalesces:
                cursor.execute(_MERGED_OR_AGAIN, {"id": item.pk})
    for lane in {item.lane for item in items}:
        nudge_on_commit(lane)
    return len(items)


@transaction.atomic
def dismiss(*, by: str, ids: Collection[int] | None = None, kind: str | None = None) -> int:
    """Let dead items be: they leave the list of what waits for a person; how many."""
    items = _dead(ids, kind)
    _record(items, Verdict.Action.DISMISSED, by)
    WorkItem.objects.filter(pk__in=[item.pk for item in items]).update(state=State.CANCELLED)
    return len(items)


def _dead(ids: Collection[int] | None, kind: str | None) -> list[WorkItem]:
    rows = WorkItem.objects.dead().select_for_update(skip_locked=True).defer("body").order_by("id")
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return list(rows[:MOST])


def _record(items: list[WorkItem], action: str, by: str) -> None:
    Verdict.objects.bulk_create(
        Verdict(
            item=item.pk, action=action, kind=item.kind, label=item.label,
            reason=item.last_error, by=by,
        )
        for item in items
    )  # fmt: skip


_AGAIN = """
UPDATE work_workitem SET state = 'ready', attempts = 1, run_at = statement_timestamp(), done_at = NULL
WHERE id = ANY(%s::bigint[]) AND state = 'dead'
"""
# The insert meets the ready sibling under its lock, as every put does; the dead row goes either way.
_MERGED_OR_AGAIN = """
WITH gone AS (
  UPDATE work_workitem SET state = 'superseded', done_at = statement_timestamp()
  WHERE id = %(id)s AND state = 'dead'
  RETURNING kind, lane, subject_id, max_attempts, payload, body, schema_v, last_error, created_at)
INSERT INTO work_workitem (kind, lane, subject_id, coalesces, run_at, max_attempts, payload, body, schema_v,
                           state, attempts, worker, last_error, created_at)
SELECT kind, lane, subject_id, true, statement_timestamp(), max_attempts, payload, body, schema_v, 'ready',
       1, '', last_error, created_at
FROM gone
ON CONFLICT (kind, subject_id) WHERE coalesces AND state = 'ready' DO UPDATE SET
  run_at = least(work_workitem.run_at, excluded.run_at), attempts = greatest(work_workitem.attempts, 1),
  payload = excluded.payload || work_workitem.payload
"""
