"""Known or new: the same (source, message id) becomes a signal once, however often and whenever it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection

from signals.models import RejectedEvent
from signals.services.detect.arrivals import Arrival, SetAside

# Longer than the 400 days for which a repeat must be known.
KEPT = timedelta(days=401)
_SLICE = 50_000


def forget_old(now: datetime) -> int:
    """Drop the keys of messages that came more than 400 days ago; returns how many. Slice by slice, so that no
    transaction grows with the table; the oldest lie first on disk, and a BRIN index leads to them."""
    before, dropped = (now - KEPT).date(), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [before, _SLICE])
            last = int(cursor.rowcount)
        dropped += last
        if last < _SLICE:
            return dropped


_FORGET = """
DELETE FROM signals_signalkey WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM signals_signalkey WHERE received_on < %s LIMIT %s))
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
    repeats = [digest for digest in ordered if digest not in new]
    stored = _stored_bodies(repeats)
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
        cursor.execute(_INSERT, [",".join(digests), ",".join(bodies), ",".join(days), len(rows)])
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


def _stored_bodies(digests: Sequence[bytes]) -> dict[bytes, bytes]:
    if not digests:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest, body_digest FROM signals_signalkey WHERE digest = ANY(%s)", [list(digests)]
        )
        return {bytes(digest): bytes(body) for digest, body in cursor.fetchall()}


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
