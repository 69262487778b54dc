"""Known or new: the same (source, message id) becomes a signal once, however often and whenever it is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection

from abmops.lib import prepared
from signals.models import RejectedEvent
from signals.services.detect.arrivals import Arrival, SetAside

# Longer than the 400 days for which a repeat must be known.
KEPT = timedelta(days=401)
_SLICE = 5_000
# Fewer keys than these lie in few pages as it is.
WORTH_SETTLING = 200_000
_SLICES = 256


def forget_old(now: datetime) -> int:
    """Drop the keys of messages that came more than 400 days ago; returns how many. Slice by slice, so that no
    transaction grows with the table; the oldest lie first on disk, and a BRIN index leads to them."""
    dropped = 0
    for place in range(len(_TABLES)):
        while gone := _forget(place, now):
            dropped += gone
    return dropped


def forget_next(now: datetime, place: int) -> int | None:
    """The next slice of `forget_old`, as a step of a round: the table that the next one is of."""
    if _forget(place, now):
        return place
    return place + 1 if place + 1 < len(_TABLES) else None


def _forget(place: int, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET.format(table=_TABLES[place]), [(now - KEPT).date(), _SLICE])
        return int(cursor.rowcount)


_TABLES = ("signals_settledkey", "signals_signalkey")


_FORGET = """
DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE received_on < %s LIMIT %s))
"""


def settle(*, at_least: int = WORTH_SETTLING) -> int:
    """Move the keys of messages to the settled ones, if there are so many, by slices of the index; returns how many.

    No message is missed meanwhile: who takes keys in puts them among the new ones first, waiting for a slice that is
    under way, and looks among the settled ones after that.
    """
    return sum(_settle(place) for place in range(_SLICES)) if _are(at_least) else 0


def settle_next(now: datetime, place: int) -> int | None:
    """The next slice of `settle`, as a step of a round: the place of the one behind it."""
    del now
    if place == 0 and not _are(WORTH_SETTLING):
        return None
    _settle(place)
    return place + 1 if place + 1 < _SLICES else None


def _are(at_least: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ARE_SO_MANY, [at_least])
        return cursor.fetchone() is not None


def _settle(place: int) -> int:
    first = bytes([256 // _SLICES * place])
    last = bytes([256 // _SLICES * (place + 1) - 1]) + b"\xff" * 16
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [first, last])
        return int(cursor.rowcount)


_ARE_SO_MANY = "SELECT FROM signals_signalkey OFFSET %s - 1 LIMIT 1"
_SETTLE = """
WITH gone AS (
    DELETE FROM signals_signalkey WHERE digest BETWEEN %s AND %s RETURNING digest, body_digest, received_on)
INSERT INTO signals_settledkey (digest, body_digest, received_on)
SELECT digest, body_digest, received_on FROM gone ORDER BY digest ON CONFLICT DO NOTHING
"""


def first_sayings(arrivals: Iterable[Arrival]) -> tuple[list[Arrival], list[SetAside]]:
    """The arrivals never seen before, each once; and the repeats that said something else, set aside.

    The first wins, in the batch as in the database. Keys go in sorted, so that two workers never wait in a ring.
    """
    batch: dict[bytes, Arrival] = {}
    conflicts: list[SetAside] = []
    for arrival in arrivals:
        first = batch.setdefault(arrival.digest, arrival)
        if first is not arrival and first.body_digest != arrival.body_digest:
            conflicts.append(_conflict(arrival))
    if not batch:
        return [], []
    ordered = sorted(batch)
    new = _insert(ordered, batch)
    new -= _settled(new)
    repeats = [digest for digest in ordered if digest not in new]
    stored = bodies_of(repeats)
    conflicts += [
        _conflict(batch[digest]) for digest in repeats if stored.get(digest) != batch[digest].body_digest
    ]
    # In the order of arrival: of two sayings about the same person the later one counts.
    return [arrival for digest, arrival in batch.items() if digest in new], conflicts


def _insert(ordered: Sequence[bytes], batch: dict[bytes, Arrival]) -> set[bytes]:
    """Which of the keys are new. They go over as three texts: thousands of parameters cost more than the insert."""
    rows = [batch[digest] for digest in ordered]
    digests, bodies = [digest.hex() for digest in ordered], [row.body_digest.hex() for row in rows]
    days = [_day(row.received_at) for row in rows]
    with connection.cursor() as cursor:
        said = [",".join(digests), ",".join(bodies), ",".join(days), len(rows)]
        prepared.run(cursor, _INSERT, said)
        (new,) = cursor.fetchone()
    return set(ordered) if new is None else set(map(bytes, new))


@lru_cache(maxsize=64)
def _day(at: datetime) -> str:
    """The day of a call's receipt: worked out once for all of its events."""
    return str(at.date())


# Nothing is sent back where all are new, as nearly always.
_INSERT = """
WITH taken AS (
    INSERT INTO signals_signalkey (digest, body_digest, received_on)
    SELECT decode(digest, 'hex'), decode(body, 'hex'), day::date
    FROM unnest(string_to_array(%s, ','), string_to_array(%s, ','), string_to_array(%s, ',')) AS said(digest, body, day)
    ON CONFLICT DO NOTHING RETURNING digest)
SELECT CASE WHEN count(*) < %s THEN COALESCE(array_agg(digest), '{}') END FROM taken
"""


def _settled(digests: Collection[bytes]) -> set[bytes]:
    """Those of the keys just put in that came long before: they are taken out again."""
    if not digests:
        return set()
    with connection.cursor() as cursor:
        prepared.run(cursor, _AMONG_SETTLED, [",".join([digest.hex() for digest in digests])])
        known = {bytes(digest) for (digest,) in cursor.fetchall()}
        if known:
            cursor.execute("DELETE FROM signals_signalkey WHERE digest = ANY(%s)", [list(known)])
    return known


_AMONG_SETTLED = """
SELECT digest FROM signals_settledkey
WHERE digest = ANY(ARRAY(SELECT decode(digest, 'hex') FROM string_to_table(%s, ',') digest))
"""


def bodies_of(digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """What the messages of these keys said, as far as they have been taken in; in one statement, as keys move."""
    if not digests:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BODIES, [list(digests)] * 2)
        return {bytes(digest): bytes(body) for digest, body in cursor.fetchall()}


_BODIES = """
SELECT digest, body_digest FROM signals_signalkey WHERE digest = ANY(%s)
UNION ALL SELECT digest, body_digest FROM signals_settledkey WHERE digest = ANY(%s)
"""


def _conflict(arrival: Arrival) -> SetAside:
    return SetAside(
        source_id=arrival.source_id,
        code=RejectedEvent.Code.CONFLICT,
        reason="This message id came before with another body. The first one stands; send changes under a new id.",
        message_id=arrival.message_id,
        excerpt=str(dict(arrival.properties))[:2048],
        dedup_key=f"conflict:{arrival.digest.hex()}:{arrival.body_digest.hex()}",
        received_at=arrival.received_at,
    )
