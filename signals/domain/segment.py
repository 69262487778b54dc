"""Segment's messages as they come over the wire: what is well-formed goes on as it is, the rest is refused one by one.

Source: the Segment HTTP API as its published client libraries speak it (design: API.md, CONVENTIONS.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from abmops.lib.errors import FieldError
from abmops.lib.unreadable import BOM, why_no_json
from signals.domain import clock

CALLS = frozenset({"track", "page", "screen", "identify", "group", "alias"})
BY_LETTER = {"t": "track", "p": "page", "s": "screen", "i": "identify", "g": "group", "a": "alias"}
"""How Segment's analytics.js and mobile libraries write the paths."""

MAX_EVENT_BYTES = 32 * 1024
MAX_MESSAGE_ID = 200
MAX_EVENTS = 10_000
MAX_DEPTH = 32

Id = str | int | float | None
T = TypeVar("T")


# Every escape of a JSON text; the group is there where it is a surrogate without its other half.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


_EXPECTED = re.compile(r"Expected `(.+)`, got `(.+)`")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_WORDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


class Event(msgspec.Struct):
    """One message, checked for the types of the fields that we act on; unknown fields pass."""

    type: str | None = None
    messageId: str | None = None  # noqa: N815  (the wire's name)
    userId: Id = None  # noqa: N815
    anonymousId: Id = None  # noqa: N815
    groupId: Id = None  # noqa: N815
    previousId: Id = None  # noqa: N815
    event: str | None = None
    name: str | None = None
    timestamp: str | None = None
    originalTimestamp: str | None = None  # noqa: N815
    properties: dict[str, object] | None = None
    traits: dict[str, object] | None = None
    context: dict[str, object] | None = None


class Envelope(msgspec.Struct):
    """The body of a batch call. Events stay raw, so that one bad event cannot spoil the others."""

    batch: list[msgspec.Raw]
    writeKey: str | None = None  # noqa: N815
    sentAt: str | None = None  # noqa: N815


class Single(msgspec.Struct):
    """What is read of a single-event body besides the event itself."""

    writeKey: str | None = None  # noqa: N815
    sentAt: str | None = None  # noqa: N815


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that was not taken in: where it stood, why, and the beginning of what was sent."""

    index: int
    error: FieldError
    message_id: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A call taken apart. `accepted` are raw events, `refused` what was wrong with the others."""

    accepted: Sequence[bytes | msgspec.Raw]
    refused: tuple[Refusal, ...]
    write_key: str | None
    sent_at: str | None

    @property
    def body(self) -> bytes:
        """The accepted events as one JSON array, as they came."""
        return joined(self.accepted)


class Unreadable(Exception):
    """The body as a whole cannot be understood. The message is a sentence for the sender."""


_envelope = msgspec.json.Decoder(Envelope)
_event = msgspec.json.Decoder(Event)
_events = msgspec.json.Decoder(list[Event])
_single = msgspec.json.Decoder(Single)


def read_batch(body: bytes) -> Reading:
    """Take a `batch` or `import` body apart; raises Unreadable where there is no list of events at all."""
    envelope: Envelope = _whole(_envelope, mended(body))
    if len(envelope.batch) > MAX_EVENTS:
        raise Unreadable(
            f"The batch holds {len(envelope.batch):,} events; send at most {MAX_EVENTS:,} a call."
        )
    if _all_are_well(envelope.batch):
        return Reading(envelope.batch, (), envelope.writeKey, envelope.sentAt)
    return _reading(envelope.batch, None, envelope.writeKey, envelope.sentAt)


def read_single(body: bytes, *, call: str) -> Reading:
    """Take a `track`, `page`, … body apart: the path says what the event is."""
    body = mended(body).removeprefix(BOM)
    single: Single = _whole(_single, body)
    return _reading([body], call, single.writeKey, single.sentAt)


def mended(body: bytes) -> bytes:
    """The body with U+FFFD for each half of a surrogate pair: what JavaScript makes of a text cut inside an emoji.

    No such half can be stored, and a decoder would refuse the whole body for it.
    """
    # One character is found ten times as fast as two, and most bodies hold no backslash at all.
    if b"\\" not in body or (b"\\ud" not in body and b"\\uD" not in body):
        return body
    return _ESCAPE.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)


def _whole(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body.removeprefix(BOM))
    except UnicodeDecodeError as error:
        raise Unreadable("The body is not valid UTF-8. Send JSON as UTF-8.") from error
    except msgspec.ValidationError as error:
        wrong = _wrong(error)
        where = f"`{wrong.pointer.strip('/')}`" if wrong.pointer else "The body"
        raise Unreadable(f"{where} {wrong.detail[0].lower()}{wrong.detail[1:]}") from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Unreadable(why_no_json(body, error, "body")) from error


def _wrong(error: msgspec.ValidationError) -> FieldError:
    """What the decoder finds wrong with a field, in words: it speaks of `str | null` and of `$.a[...]`."""
    detail, _, path = str(error).partition(" - at ")
    pointer = path.strip("`").removeprefix("$").partition("[")[0].replace(".", "/")
    if found := _EXPECTED.fullmatch(detail):
        wanted = " or ".join(
            dict.fromkeys(_WORDS.get(one, one) for one in found[1].split(" | ") if one != "null")
        )
        return FieldError(pointer, f"Must be {wanted}, not {_WORDS.get(found[2], found[2])}.")
    if found := _MISSING.fullmatch(detail):
        return FieldError(pointer, f"Lacks the field `{found[1]}`.")
    if detail == "Number out of range":
        return FieldError(pointer, "Holds a number that is too large to be kept.")
    return FieldError(pointer, f"{detail}.")


def _all_are_well(events: Sequence[msgspec.Raw]) -> bool:
    """Whether every event may go in: what `check` says one by one, read in one go, as nearly every call may be."""
    together = joined(events)
    if b"\0" in together or (b"\\" in together and b"\\u0000" in together):
        return False
    if len(together) > MAX_EVENT_BYTES and max(map(len, events)) > MAX_EVENT_BYTES:
        return False
    try:
        # What nobody looks at is skipped by the decoder; it must be text all the same.
        if not together.isascii():
            together.decode()
        read = _events.decode(together)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
    return all(_check_fields(event, None) is None for event in read) and not any(map(_may_be_deep, events))


def joined(events: Iterable[bytes | msgspec.Raw]) -> bytes:
    """Raw events as one JSON array."""
    return b"[" + b",".join(events) + b"]"


def _may_be_deep(raw: bytes | msgspec.Raw) -> bool:
    """Whether there are brackets enough to nest deeper than is taken."""
    whole = bytes(raw)
    return whole.count(b"{") + whole.count(b"[") > MAX_DEPTH


def _reading(
    events: Iterable[bytes | msgspec.Raw], call: str | None, write_key: str | None, sent_at: str | None
) -> Reading:
    accepted: list[bytes] = []
    refused: list[Refusal] = []
    for index, event in enumerate(events):
        raw = bytes(event)
        error, message_id = check(raw, call)
        if error is None:
            accepted.append(raw)
        else:
            refused.append(
                Refusal(index, error, message_id, raw[:2048].decode("utf-8", "replace").replace("\0", ""))
            )
    return Reading(tuple(accepted), tuple(refused), write_key, sent_at)


def check(raw: bytes, call: str | None = None) -> tuple[FieldError | None, str]:
    """What is wrong with one raw event, if anything, and its message id as far as it can be read."""
    if len(raw) > MAX_EVENT_BYTES:
        return FieldError(
            "", f"The event is {len(raw):,} bytes; the most is {MAX_EVENT_BYTES:,}. Send less in it."
        ), ""
    if b"\\u0000" in raw or b"\0" in raw:
        return FieldError("", "The event holds a NUL character, which cannot be stored. Remove it."), ""
    if _may_be_deep(raw) and _depth(raw) > MAX_DEPTH:
        return FieldError("", f"The event is nested more than {MAX_DEPTH} levels deep. Flatten it."), ""
    try:
        raw.decode()
        event = _event.decode(raw)
    except UnicodeDecodeError:
        return FieldError("", "The event is not valid UTF-8."), ""
    except msgspec.ValidationError as error:
        return _wrong(error), ""
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return FieldError("", why_no_json(raw, error, "event")), ""
    return _check_fields(event, call), (event.messageId or "")[:MAX_MESSAGE_ID]


def _depth(raw: bytes) -> int:
    """How deep brackets nest, reading strings as strings."""
    depth = deepest = 0
    in_string = escaped = False
    for byte in raw:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _check_fields(event: Event, call: str | None) -> FieldError | None:
    """What a well-formed event lacks; nearly always nothing, and then this is the cost of the door."""
    kind = call or event.type
    if kind not in CALLS:
        said = "There is no kind of event here" if kind is None else f"{kind!r} is no kind of event"
        return FieldError("/type", f"{said}; send one of {', '.join(sorted(CALLS))}.")
    if event.messageId is not None and len(event.messageId) > MAX_MESSAGE_ID:
        return FieldError("/messageId", f"The message id is longer than {MAX_MESSAGE_ID} characters.")
    if kind == "track" and not (event.event or "").strip():
        return FieldError("/event", "A track event needs the name of what happened in `event`.")
    if kind == "group" and not _present(event.groupId):
        return FieldError("/groupId", "A group event needs the account's id or domain in `groupId`.")
    if kind == "alias" and not _present(event.previousId):
        return FieldError("/previousId", "An alias event needs the former id in `previousId`.")
    if not (_present(event.userId) or _present(event.anonymousId)):
        return FieldError("/userId", "Say who did it: send `userId`, `anonymousId` or both.")
    return clock.misread(event.timestamp or event.originalTimestamp)


def _present(value: Id) -> bool:
    return value is not None and (not isinstance(value, str) or value.strip() != "")
