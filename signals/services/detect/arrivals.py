"""Inbox items as arrivals: what happened, when, of which type, and by which keys its account may be known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from abmops.lib.domains import is_free_mail
from abmops.lib.errors import FieldErrors
from abmops.work.models import WorkItem
from signals.domain import clock, identity
from signals.domain.catalogue import TypeFacts
from signals.domain.identity import Identity
from signals.domain.networks import without_address
from signals.models import RejectedEvent
from signals.selectors import Book
from signals.services import bots
from signals.services.ingest import unpacked

SAYS_WHO = frozenset({"identify", "group", "alias"})


@dataclass(slots=True)
class Arrival:
    """One event on its way to becoming a signal. `type` is None for an event that only says who somebody is."""

    source_id: int
    digest: bytes
    body_digest: bytes
    message_id: str
    occurred_at: datetime
    received_at: datetime
    who: Identity
    type: TypeFacts | None = None
    topic: str = ""
    strength: float | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    account_id: int | None = None
    contact_id: int | None = None
    points: float = 0.0
    address: str = ""  # where it came from, for `reverse_ip`; never stored
    persons: tuple[tuple[int, str], ...] = ()  # the source's own ids of whoever it is, see `sayings.Person`
    network: str = ""  # the company's domain whose network that is
    by_network: bool = False  # placed by nothing better

    def __post_init__(self) -> None:
        self.be_about(self.who)

    def be_about(self, who: Identity) -> None:
        """Take somebody as who it is about."""
        self.who = who
        self.persons = tuple([(self.source_id, f"{by}:{value}"[:300]) for by, value in who.people])

    def become(self, type_: TypeFacts, strength: float | None = None) -> None:
        """Take a type: its points, scaled by the source's own 0 to 100 where it gives one, are fixed on arrival."""
        self.type = type_
        self.strength = strength
        self.points = type_.points * (1.0 if strength is None else strength / 100)


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that was accepted and cannot become a signal, with the reason a person will read."""

    source_id: int
    code: str
    reason: str
    message_id: str
    excerpt: str
    dedup_key: str
    received_at: datetime
    pointer: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Held(SetAside):
    """An event from the future: it waits on the work list until it happens (`services.holding`)."""

    due: datetime
    body: bytes
    payload: Mapping[str, Any]


def of_item(item: WorkItem, book: Book) -> Iterator[Arrival | SetAside]:
    """The arrivals of one inbox item."""
    payload = item.payload
    received_at = datetime.fromisoformat(payload["received_at"])
    events: list[dict[str, Any]] = msgspec.json.decode(unpacked(item.body))
    for index, event in enumerate(events):
        if payload["form"] == "native":
            yield _native(event, payload, received_at, book)
        else:
            yield _segment(event, payload, received_at, book, f"ingest:{item.pk}:{index}", index)


def _digest(source_id: int, message_id: str) -> bytes:
    return hashlib.sha256(f"{source_id}\0{message_id}".encode("utf-8", "replace")).digest()[:16]


def _canonical(event: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(event, order="deterministic")


def _segment(
    event: dict[str, Any],
    payload: Mapping[str, Any],
    received_at: datetime,
    book: Book,
    place: str,
    index: int = 0,
) -> Arrival | SetAside:
    source_id = payload["source"]
    if payload.get("call"):
        event["type"] = payload["call"]
    body_digest = hashlib.sha256(_canonical(_said(event))).digest()
    message_id = event.get("messageId") or _own_id(event, place)
    agent, address = payload.get("agent", ""), payload.get("address", "")
    if machine := book.machines.why(event, agent=agent, address=address):
        key, why = bots.dedup_key(source_id, machine.name, received_at), bots.reason(machine)
        return _aside(source_id, RejectedEvent.Code.BOT, why, message_id, event, received_at, key)
    try:
        if "moments" in payload:  # it was held
            occurred_at = datetime.fromisoformat(payload["moments"][index])
        else:
            occurred_at = clock.occurred_at(
                timestamp=event.get("timestamp") or event.get("originalTimestamp"),
                sent_at=event.get("sentAt") or payload.get("sent_at"),
                received_at=received_at,
            )
    except clock.Ahead as ahead:
        return _held(source_id, message_id, body_digest, event, payload, received_at, ahead.at)
    except FieldErrors as error:
        wrong = error.errors[0]
        code = RejectedEvent.Code.INVALID
        return _aside(source_id, code, wrong.detail, message_id, event, received_at, pointer=wrong.pointer)
    arrival = Arrival(
        source_id=source_id,
        digest=_digest(source_id, message_id),
        body_digest=body_digest[:8],
        message_id=message_id,
        occurred_at=occurred_at,
        received_at=received_at,
        who=identity.from_event(event, is_free_mail=is_free_mail),
        address=_address(event) or address,
    )
    if event["type"] in SAYS_WHO:
        return arrival
    match = book.rulebook.match(event)
    if match is None:
        name = event.get("event") or event.get("name") or event["type"]
        called = str(name)[:120]
        reason = (
            f"No signal type has a rule for the {event['type']} event “{called}”. Add a rule if it matters."
        )
        digest = hashlib.sha256(called.encode("utf-8", "replace")).hexdigest()[:24]
        key = f"unmapped:{source_id}:{digest}:{received_at:%Y%m%d}"
        return _aside(source_id, RejectedEvent.Code.UNMAPPED, reason, message_id, event, received_at, key)
    arrival.become(book.types[match.slug])
    arrival.properties = _shown(event)
    return arrival


def _own_id(event: Mapping[str, Any], place: str) -> str:
    """An id for an event that came without one: the same words of the same moment are the same message.

    Without a moment either, each acceptance is a message of its own: two people may ask for a demo in the same words.
    """
    if not (event.get("timestamp") or event.get("originalTimestamp")):
        return place
    words = {key: value for key, value in event.items() if key not in {"sentAt", "_metadata", "writeKey"}}
    return f"body:{hashlib.sha256(_canonical(words)).hexdigest()[:40]}"


def _said(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the event says, without what a library adds anew each time it sends."""
    return {
        key: value
        for key, value in event.items()
        if key not in {"sentAt", "_metadata", "context", "integrations", "writeKey"}
    }


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    """The properties kept with the signal: the event's own, its name, and the page it happened on."""
    page = (event.get("context") or {}).get("page")
    shown = (
        {key: page[key] for key in ("path", "url", "title", "referrer") if key in page}
        if isinstance(page, dict)
        else {}
    )
    shown |= event.get("properties") or {}
    name = event.get("event") or event.get("name")
    return ({"name": name} if name else {}) | shown


def known_by(source_id: int, record: Mapping[str, Any]) -> tuple[str, bytes, bytes]:
    """What a native record is known by: its message id, the digest of that, and the digest of what it says.

    Without a message id the same words from the same source are the same message.
    """
    body_digest = hashlib.sha256(_canonical(record)).digest()
    message_id = record.get("message_id") or f"body:{body_digest.hex()[:40]}"
    return message_id, _digest(source_id, message_id), body_digest[:8]


def held_key(digest: bytes, body_digest: bytes) -> str:
    """What a held message is known by on the work list, of `known_by`'s digests."""
    return f"held:{digest.hex()}:{body_digest[:8].hex()}"


def _native(
    record: dict[str, Any], payload: Mapping[str, Any], received_at: datetime, book: Book
) -> Arrival | SetAside:
    source_id = payload["source"]
    message_id, digest, body_digest = known_by(source_id, record)
    occurred_at = datetime.fromisoformat(record["occurred_at"])
    if occurred_at > received_at + clock.AHEAD:
        return _held(source_id, message_id, body_digest, record, payload, received_at, occurred_at)
    type_ = book.types.get(record["type"])
    if type_ is None:
        reason = f"The signal type “{record['type']}” has gone since this was sent."
        return _aside(source_id, RejectedEvent.Code.INVALID, reason, message_id, record, received_at)
    arrival = Arrival(
        source_id=source_id,
        digest=digest,
        body_digest=body_digest,
        message_id=message_id,
        occurred_at=min(occurred_at, received_at),
        received_at=received_at,
        who=identity.from_record(record, is_free_mail=is_free_mail),
        topic=record.get("topic") or "",
        properties=record.get("properties") or {},
    )
    arrival.become(type_, record.get("strength"))
    return arrival


def _address(event: Mapping[str, Any]) -> str:
    said = (event.get("context") or {}).get("ip")
    return said if isinstance(said, str) else ""


def _held(
    source_id: int,
    message_id: str,
    body_digest: bytes,
    event: Mapping[str, Any],
    payload: Mapping[str, Any],
    received_at: datetime,
    due: datetime,
) -> Held:
    key = held_key(_digest(source_id, message_id), body_digest)
    body = msgspec.json.encode(event)
    return Held(source_id, "held", "", message_id, "", key, received_at, due, body, payload)


def _aside(
    source_id: int,
    code: str,
    reason: str,
    message_id: str,
    event: Mapping[str, Any],
    at: datetime,
    key: str | None = None,
    pointer: str = "",
) -> SetAside:
    excerpt = msgspec.json.encode(without_address(event))[:2048].decode("utf-8", "replace")
    dedup_key = key or f"{code}:{hashlib.sha256(f'{source_id}{reason}{excerpt}'.encode()).hexdigest()[:48]}"
    return SetAside(source_id, code, reason, message_id, excerpt, dedup_key, at, pointer=pointer)
