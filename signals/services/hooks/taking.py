"""Taking in what was posted to a hook: durable before the sender hears yes, and once, however often it comes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.urls import reverse
from psycopg2.extras import execute_values

from abmops.lib import notices
from abmops.lib.errors import FieldError, Refused
from abmops.rest.records import Field
from abmops.work import crash
from signals.domain.catalogue import topic_key
from signals.domain.segment import Refusal
from signals.models import HookCall, RejectedEvent, Source
from signals.selectors.hooks import lost_strength
from signals.selectors.keepers import keepers
from signals.services import ingest
from signals.services.hooks.making import Batch, make
from signals.services.hooks.opening import open_body
from signals.services.hooks.writing import mapping_of
from signals.services.sending import send_records

# So many refused items of one call are kept, and of those that are wrong in the same way the first few: a file that is
# wrong throughout must not hide what else is wrong.
MOST_KEPT = 1_000
MOST_ALIKE = 20
_UNWEIGHED = (
    "what it has just sent says no strength, and what it sent before did. Each signal counts as the mapping says under "
    "“otherwise”. If the sender has another name for it now, change the mapping."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a call. `is_repeat`: it had come before, nothing was stored now. `code`: why it was refused."""

    call: HookCall
    code: str = ""
    is_repeat: bool = False
    errors: list[tuple[int, FieldError]] = field(default_factory=list)


@transaction.atomic
def take(
    *,
    source: Source,
    webhook_id: str,
    signed: bool,
    body: bytes,
    content_type: str,
    fields: tuple[Field, ...],
    now: datetime,
) -> Taken:
    """Take a body in. What cannot be read at all is a call with its problem; a wrong item is kept beside the good.

    The same webhook id, or without one the same bytes, is the same call as long as the mapping is the same: it is
    answered by what the first came to. One of which something was refused is looked at again, since what was missing
    may be there now; its good items are known by their message ids. `fields` are the readers of the native bulk.
    """
    hashed = hashlib.sha256(body).hexdigest()
    key = _key(webhook_id or hashed, source)
    known = HookCall.objects.select_for_update().filter(source=source, key=key).first()
    if known is not None and known.body_hash != hashed:
        return _conflict(source, webhook_id, body, known, now)
    if known is not None and not (known.refused or known.problem):
        return Taken(known, is_repeat=True)
    call = known or HookCall(source=source, key=key, body_hash=hashed, size=len(body))
    call.received_at, call.signed = now, signed
    errors: list[tuple[int, FieldError]] = []
    code = ""
    try:
        opened = open_body(body, content_type)
        call.form, call.problem = opened.form, ""
        batch = make(opened, mapping_of(source), source=source.slug, fields=fields, now=now)
    except Refused as error:
        call.problem, code = error.message, error.code
        _keep(source, [Refusal(0, FieldError("", error.message), "", _beginning(body))], now)
    else:
        errors = _send(source, call, batch, now)
    _save(call)
    if not (call.created or call.unchanged) and (call.problem or errors):
        _tell_refused(source, call, call.problem or errors[0][1].detail, now)
    elif call.unweighed and lost_strength(source) == call:
        _tell(source, "hook_unweighed", _UNWEIGHED, reverse("signals:source", args=[source.slug]), now)
    crash.point("hook.before_commit")
    return Taken(call, code=code, errors=errors)


def none_of(call: HookCall) -> str:
    """Of a call that stored nothing since items were wrong: how many were, beside those that were to be left out."""
    if call.refused == call.items:
        return f"None of the {call.items:,} items could be taken in."
    return (
        f"{call.refused:,} of the {call.items:,} items could not be taken in, and no other was to be stored."
    )


def _tell_refused(source: Source, call: HookCall, why: str, now: datetime) -> None:
    is_all = call.problem or call.refused == call.items
    said = "of what it has just sent, nothing could be taken in." if is_all else none_of(call)
    url = f"{reverse('signals:rejected')}?source={source.pk}&code={RejectedEvent.Code.INVALID}"
    _tell(source, "hook_refused", f"{said} {why}", url, now)


def _tell(source: Source, kind: str, said: str, url: str, now: datetime) -> None:
    """Whoever keeps the source hears it at once, and once a day: a sender's new form is no quiet week."""
    notices.tell(
        keepers(source.owner),
        kind=kind,
        subject=f"{kind.replace('_', '-')}:{source.pk}:{now:%Y-%m-%d}",
        text=f"{source.name}: {said}",
        url=url,
        now=now,
    )


def _key(said: str, source: Source) -> str:
    mapped = msgspec.json.encode(source.mapping, order="deterministic")
    return hashlib.sha256(said.encode("utf-8", "replace") + b"\0" + mapped).hexdigest()


def _beginning(body: bytes) -> str:
    return body[: ingest.EXCERPT].decode("utf-8", "replace").replace("\0", "\ufffd")


def _conflict(source: Source, webhook_id: str, body: bytes, known: HookCall, now: datetime) -> Taken:
    """Another body under an id that was used: the first stands, this one is kept where a person sees it."""
    said = (
        f"The webhook id {webhook_id[:80]} was used at {known.received_at:%Y-%m-%d %H:%M} UTC for another body, which "
        "stands. Give every message its own id; only a retry of the same body has the same."
    )
    digest = hashlib.sha256(f"{source.pk}\0{webhook_id}\0".encode() + body).hexdigest()[:48]
    RejectedEvent.objects.bulk_create(
        [
            RejectedEvent(
                source=source,
                code=RejectedEvent.Code.CONFLICT,
                reason=said,
                message_id=webhook_id[:200],
                excerpt=_beginning(body),
                dedup_key=f"conflict:{digest}",
                received_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return Taken(HookCall(source=source, problem=said, received_at=now), code="conflict")


def _send(source: Source, call: HookCall, batch: Batch, now: datetime) -> list[tuple[int, FieldError]]:
    result = send_records(records=batch.records, now=now) if batch.records else None
    wrong = dict(batch.wrong)
    for one in result.in_order() if result else ():
        wrong.setdefault(one.index, []).append(FieldError(one.pointer, one.detail))
    told = [(index, error) for index in sorted(wrong) for error in wrong[index]]
    kept = [
        Refusal(index, wrong[index][0], _message_id(batch.items.get(index)), batch.excerpt(index))
        for index in _worth_keeping(wrong)[:MOST_KEPT]
    ]
    _keep(source, kept, now)
    _tally(source, batch.untracked, now)
    call.items = batch.count
    call.created, call.unchanged = (result.created, result.unchanged) if result else (0, 0)
    call.refused, call.left_out = len(wrong), dict(batch.left_out)
    call.untracked, call.unweighed = batch.untracked.total(), batch.unweighed
    return told


def _worth_keeping(wrong: Mapping[int, list[FieldError]]) -> list[int]:
    """The places of the refused items, of each reason the first 20."""
    alike: Counter[FieldError] = Counter()
    found = []
    for index in sorted(wrong):
        reason = wrong[index][0]
        alike[reason] += 1
        if alike[reason] <= MOST_ALIKE:
            found.append(index)
    return found


def _message_id(item: object) -> str:
    found = item.get("message_id") or item.get("id") if isinstance(item, Mapping) else None
    return found[:200] if isinstance(found, str) else ""


def _keep(source: Source, refused: Iterable[Refusal], now: datetime) -> None:
    ingest.keep_refused(source=source, refused=refused, now=now)


def _save(call: HookCall) -> None:
    """One row a call, also where two of the same come at once."""
    if call.pk:
        call.save()
        return
    counted = ("items", "created", "unchanged", "refused", "untracked", "unweighed", "left_out")
    HookCall.objects.bulk_create(
        [call],
        update_conflicts=True,
        unique_fields=["source", "key"],
        update_fields=("received_at", "problem", *counted),
    )


def _tally(source: Source, untracked: Mapping[str, int], now: datetime) -> None:
    """Topics that are not followed: a row a topic and day, which counts them. Deciding to follow one starts here."""
    rows: dict[str, tuple[object, ...]] = {}
    for name, times in sorted(untracked.items()):
        digest = hashlib.sha256(topic_key(name).encode("utf-8", "replace")).hexdigest()[:32]
        key = f"untracked:{source.pk}:{digest}:{now:%Y%m%d}"
        before = rows[key][-1] if key in rows else 0
        reason = f"Nobody follows the topic “{name}”. Follow it in the catalogue if it matters to you."
        rows[key] = (
            source.pk,
            RejectedEvent.Code.UNTRACKED.value,
            reason,
            name,
            key,
            now,
            int(str(before)) + times,
        )
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _TALLY, list(rows.values()), _ROW, page_size=1_000)


_ROW = "(%s, %s, '/topic', %s, '', %s, %s, %s, %s)"
_TALLY = """
INSERT INTO signals_rejectedevent (source_id, code, pointer, reason, message_id, excerpt, dedup_key, received_at, times)
VALUES %s
ON CONFLICT (dedup_key) DO UPDATE SET times = signals_rejectedevent.times + EXCLUDED.times
"""
