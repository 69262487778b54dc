"""Taking signals in: durable before the sender hears yes, worked out afterwards."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from django.db import InterfaceError, OperationalError, connection, transaction

from abmops.lib.erasing import Wording
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain.networks import text_without_address
from signals.domain.segment import Reading, Refusal
from signals.models import RejectedEvent, Source

T = TypeVar("T")

KIND = "ingest"
EXCERPT = 2048
# A body of this many bytes fits into its row. A larger one is packed before it goes to the database: a tenth of the
# bytes to send, to log and to write costs a fraction of what it saves.
WORTH_PACKING = 1500
_PACKS = b"\x78"  # how zlib begins; JSON begins otherwise


def new_write_key() -> str:
    """A fresh write key. It can only send signals to its one source."""
    return f"wk_{secrets.token_urlsafe(24)}"


def hash_key(key: str) -> str:
    """What is stored of a write key; the key has 192 random bits, so a fast hash is right."""
    return hashlib.sha256(key.encode()).hexdigest()


def source_of(key: str) -> Source | None:
    """The active source a write key belongs to."""
    row = _kept(lambda: _of_key(key))
    return Source.from_db(connection.alias, ("id", "slug", "name", "kind"), row) if row else None


def _kept(ask: Callable[[], T]) -> T:
    """What `ask` answers; the first statement of a call, so it is also what shows a kept connection to be lost.

    It is asked again by a new one: at worst a call is stored twice, as when its sender sends it again. A question of
    Django's own for that would be one statement in two of a call.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return ask()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or (connection.connection is not None and connection.is_usable()):
            raise
        connection.close()
        return ask()


def _of_key(key: str) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:  # the ORM would make a third of a call's price
        cursor.execute(_OF_KEY, [hash_key(key)])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


_OF_KEY = "SELECT id, slug, name, kind FROM signals_source WHERE write_key_hash = %s AND is_active"
_SUBJECT_OF_KEY = (
    "SELECT id, jsonb_build_object('source', id) AS payload FROM signals_source "
    "WHERE write_key_hash = %s AND is_active"
)


def take_segment(
    *, key: str, reading: Reading, call: str | None, now: datetime, seen: Mapping[str, str] | None = None
) -> bool:
    """`accept_segment` for the active source a write key belongs to; False, with nothing kept, where there is none.

    A call whose events are all well, as nearly every call's are, is one statement: the key is looked up by it too.
    """
    if reading.accepted and not reading.refused:
        payload = _payload(reading, call, now, seen)
        body, asked = _packed(reading.body), [hash_key(key)]
        return _kept(lambda: work.append_found(KIND, _SUBJECT_OF_KEY, asked, payload, body)) is not None
    source = source_of(key)
    if source is not None:
        accept_segment(source=source, reading=reading, call=call, now=now, seen=seen)
    return source is not None


def accept_segment(
    *,
    source: Source,
    reading: Reading,
    call: str | None,
    now: datetime,
    seen: Mapping[str, str] | None = None,
) -> None:
    """Put one call's events into the inbox and its refused ones where a person can see them. `now` is our clock.

    `seen`: user agent and address of the visitor, where it was a browser that called; kept until they are worked out.
    """
    with transaction.atomic():
        if reading.accepted:
            _to_inbox(source.pk, reading.body, _payload(reading, call, now, seen))
        keep_refused(source=source, refused=reading.refused, now=now)


def _payload(
    reading: Reading, call: str | None, now: datetime, seen: Mapping[str, str] | None
) -> dict[str, Any]:
    said = {"form": "segment", "received_at": now.isoformat(), "sent_at": reading.sent_at, "call": call}
    return said | dict(seen or {})


@transaction.atomic
def accept_records(*, records: Sequence[tuple[int, dict[str, Any]]], now: datetime) -> None:
    """Put native records, checked already and each with its source's id, into the inbox."""
    by_source: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for source_id, record in records:
        by_source[source_id].append(record)
    for source_id, batch in by_source.items():
        _to_inbox(source_id, msgspec.json.encode(batch), {"form": "native", "received_at": now.isoformat()})


def _to_inbox(source_id: int, body: bytes, payload: Mapping[str, Any]) -> None:
    """The inbox is the work list: one item a call, claimed, leased, retried alone and buried like any work."""
    work.append(kind=KIND, subject_id=source_id, payload={"source": source_id, **payload}, body=_packed(body))


def _packed(body: bytes) -> bytes:
    return zlib.compress(body, level=1) if len(body) > WORTH_PACKING else body


def unpacked(body: bytes | memoryview | None) -> bytes:
    """The JSON of an inbox item's body."""
    body = bytes(body or b"")
    return zlib.decompress(body) if body[:1] == _PACKS else body or b"[]"


def take_out(wording: Wording) -> int:
    """Take words out of the calls that wait, fail or are held, however they are packed; how many had them."""
    found = 0
    waiting = WorkItem.objects.select_for_update().filter(kind=KIND, body__isnull=False)
    for item in waiting.only("body").order_by("pk").iterator(chunk_size=200):
        body = unpacked(item.body)
        if (cleaned := wording.taken_out(body)) != body:
            WorkItem.objects.filter(pk=item.pk).update(body=_packed(cleaned))
            found += 1
    return found


def keep_refused(*, source: Source, refused: Iterable[Refusal], now: datetime) -> None:
    """Keep every refused event with its reason; the same event refused again adds nothing."""
    rows = [
        RejectedEvent(
            source=source,
            code=RejectedEvent.Code.INVALID,
            pointer=one.error.pointer,
            reason=one.error.detail,
            message_id=one.message_id,
            excerpt=text_without_address(one.excerpt[:EXCERPT]),
            dedup_key=_refusal_key(source.pk, one),
            received_at=now,
        )
        for one in refused
    ]
    if rows:
        RejectedEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _refusal_key(source_id: int, one: Refusal) -> str:
    said = f"{source_id}\0{one.error.pointer}\0{one.error.detail}\0{one.excerpt}"
    return f"invalid:{hashlib.sha256(said.encode()).hexdigest()[:48]}"
