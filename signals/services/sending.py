"""Signals that integrations send as records: checked against the catalogue, counted, and put into the inbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldError
from abmops.work.models import State, WorkItem
from signals.models import SignalType, Source
from signals.services import holding, ingest
from signals.services.detect import keys
from signals.services.detect.arrivals import held_key, known_by

KEYS = ("account_domain", "account_external_id", "contact_email")
# Records of one call in one inbox item: small enough to be worked off in well under a lease.
CHUNK = 500
# Inbox items looked at for messages that were taken in and are not worked out yet.
LOOK_AHEAD = 200

Message = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Sendable:
    """A record that may go in, and what it is known by."""

    index: int
    source_id: int
    record: dict[str, Any]
    message: Message


@transaction.atomic
def send_records(*, records: Mapping[int, Mapping[str, Any]], now: datetime) -> BulkResult:
    """Take clean records in, by their index in the call; refuse those that name what is not there.

    What is known, in the inbox, held or twice in the call counts as unchanged. A message that says something else than
    the first time goes on to where conflicts are kept, and the first stands.
    """
    result = BulkResult()
    sendable = list(_checked(records, result))
    known = _known(sendable, now)
    fresh: list[tuple[int, dict[str, Any]]] = []
    for one in sendable:
        digest, said = one.message
        first = known.get(digest)
        if first is None:
            known[digest] = said
            result.settle(one.index, "created", None)
        else:
            result.settle(one.index, "unchanged", None)
        if first != said:
            fresh.append((one.source_id, one.record))
    for start in range(0, len(fresh), CHUNK):
        ingest.accept_records(records=fresh[start : start + CHUNK], now=now)
    return result


def _checked(records: Mapping[int, Mapping[str, Any]], result: BulkResult) -> Iterator[Sendable]:
    """The records whose source and type are in force and that say whose signal it is."""
    sources = {
        row.slug: row for row in Source.objects.filter(slug__in={one["source"] for one in records.values()})
    }
    types = {
        row.slug: row for row in SignalType.objects.filter(slug__in={one["type"] for one in records.values()})
    }
    for index, record in records.items():
        errors = list(_faults(record, sources.get(record["source"]), types.get(record["type"])))
        if errors:
            result.refuse_all(index, errors)
            continue
        source_id = sources[record["source"]].pk
        stored = {
            name: _stored(value)
            for name, value in record.items()
            if name != "source" and value not in (None, "")
        }
        _, digest, said = known_by(source_id, stored)
        yield Sendable(index, source_id, stored, (digest, said))


def _faults(
    record: Mapping[str, Any], source: Source | None, type_: SignalType | None
) -> Iterator[FieldError]:
    if source is None:
        yield FieldError(
            "/source",
            f"There is no source “{record['source']}”. Make it first, or send one of the catalogue's.",
        )
    elif not source.is_active:
        yield FieldError(
            "/source", f"The source “{source.slug}” is inactive. Make it active, or send from another one."
        )
    if type_ is None:
        yield FieldError(
            "/type",
            f"There is no signal type “{record['type']}”. Make it first, or send one of the catalogue's.",
        )
    elif not type_.is_active:
        yield FieldError(
            "/type", f"The signal type “{type_.slug}” is inactive. Make it active, or send another one."
        )
    if not any(record.get(name) for name in KEYS):
        yield FieldError(
            "",
            "Nothing says whose signal this is. Name its account by a domain or an id, or its contact by an e-mail "
            f"address ({', '.join(KEYS)}).",
        )


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _known(sendable: Sequence[Sendable], now: datetime) -> dict[bytes, bytes]:
    """What the messages said that came before: those in the inbox, those held, then those worked out.

    In this order, so that a message which goes from the one to the other meanwhile is not missed.
    """
    waiting = dict(_waiting({one.source_id for one in sendable})) | _held(sendable, now)
    return waiting | keys.bodies_of(sorted({one.message[0] for one in sendable}))


def _held(sendable: Sequence[Sendable], now: datetime) -> dict[bytes, bytes]:
    """Of the records that lie ahead of us, those that wait for their moment already."""
    ahead = {
        held_key(*one.message): one.message
        for one in sendable
        if datetime.fromisoformat(one.record["occurred_at"]) > now
    }
    if not ahead:
        return {}
    held = WorkItem.objects.filter(
        kind=holding.KIND, dedup_key__in=ahead, state__in=[State.READY, State.LEASED]
    )
    return dict(ahead[key] for key in held.values_list("dedup_key", flat=True) if key)


def _waiting(source_ids: Iterable[int]) -> Iterator[Message]:
    items = WorkItem.objects.filter(
        lane="ingest",
        kind=ingest.KIND,
        subject_id__in=source_ids,
        state__in=[State.READY, State.LEASED],
        payload__form="native",
    )
    for item in items.order_by("-run_at")[:LOOK_AHEAD]:
        for record in msgspec.json.decode(ingest.unpacked(item.body)):
            _, digest, said = known_by(item.payload["source"], record)
            yield digest, said
