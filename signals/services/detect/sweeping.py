"""The look behind everything: signals that could be placed or named by now, and that nobody told us of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from abmops.lib.ids import first_uuid7
from signals.models import Walk
from signals.services.detect.resolving import name_people, place

# So many waiting signals are looked at each time, by turns, and of those so many are tried.
LOOKED_AT = 50_000
TRIED = 2_000
# How long after a signal its turn comes each time: two transactions do not see of each other what they write.
RACE = timedelta(hours=1)
_FIRST = UUID(int=0)

Act = Callable[[Iterable[UUID], datetime], object]


def sweep_unmatched(now: datetime) -> None:
    """Place and name whatever can be by now, of the newest signals and of the next ones by turns.

    Catches keys that appeared by hand, and those that appeared while the signal was being stored. Everything that waits
    has its turn, however much of it can never be placed: a walk remembers where it was, and begins again at the end.
    """
    for table, act in (("signals_unmatchedsignal", place), ("signals_unnamedsignal", name_people)):
        _by_turns(table, act, now)
        act(_newest(table, now), now)


@transaction.atomic
def _by_turns(table: str, act: Act, now: datetime) -> None:
    """The next in turn. The walk is locked, so that two sweeps at once take different turns."""
    walk, _ = Walk.objects.select_for_update().get_or_create(
        name=f"sweep:{table.removeprefix('signals_')}", defaults={"begun_at": now, "moved_at": now}
    )
    ids, last = _candidates(table, UUID(walk.place) if walk.place else _FIRST)
    act(ids, now)
    walk.place, walk.moved_at = str(last or ""), now
    walk.done += len(ids)
    walk.save()


def _candidates(table: str, after: UUID) -> tuple[list[UUID], UUID | None]:
    """Signals behind `after` of which a key is known, and the place to go on behind: None at the end of the table."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN.format(table=table), [after, LOOKED_AT])
        looked_at = [row[0] for row in cursor.fetchall()]
        if not looked_at:
            return [], None
        cursor.execute(_KNOWN.format(table=table, order="ASC"), [looked_at[0], looked_at[-1], TRIED])
        ids = [row[0] for row in cursor.fetchall()]
    if len(ids) == TRIED:
        return ids, ids[-1]
    return ids, looked_at[-1] if len(looked_at) == LOOKED_AT else None


def _newest(table: str, now: datetime) -> list[UUID]:
    """Signals of the last hour of which a key is known, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST.format(table=table), [first_uuid7(now - RACE), LOOKED_AT])
        oldest, newest = cursor.fetchone()
        if oldest is None:
            return []
        cursor.execute(_KNOWN.format(table=table, order="DESC"), [oldest, newest, TRIED])
        return [row[0] for row in cursor.fetchall()]


_TURN = "SELECT signal_id FROM {table} WHERE signal_id > %s ORDER BY signal_id LIMIT %s"
_LATEST = """
SELECT min(w.signal_id::text)::uuid, max(w.signal_id::text)::uuid FROM (
    SELECT signal_id FROM {table} WHERE signal_id >= %s ORDER BY signal_id DESC LIMIT %s
) w
"""
# As `placement.directory` reads the keys: an external id that two systems gave to two accounts says nothing.
_KNOWN = r"""
SELECT w.signal_id FROM {table} w WHERE w.signal_id BETWEEN %s AND %s AND EXISTS (
    SELECT FROM unnest(w.keys) AS k(key) WHERE
        EXISTS (SELECT FROM accounts_accountdomain d
                WHERE k.key ~ '^(domain|network):' AND d.domain = split_part(k.key, ':', 2))
        OR (SELECT count(DISTINCT e.account_id) = 1 FROM accounts_accountexternalid e
            WHERE k.key LIKE 'external:%%' AND e.value = substr(k.key, 10))
        OR EXISTS (SELECT FROM accounts_contact c WHERE k.key LIKE 'email:%%' AND c.account_id IS NOT NULL
                AND lower(c.email) = substr(k.key, 7))
        OR EXISTS (SELECT FROM signals_identity i WHERE k.key ~ '^(user|anonymous):' AND i.source_id = w.source_id
                AND i.key = regexp_replace(k.key, '^([a-z]+):[0-9]+:', '\1:')
                AND (i.email <> '' OR i.same_as <> '' OR i.account_keys <> '{{}}'))
)
ORDER BY w.signal_id {order} LIMIT %s
"""
