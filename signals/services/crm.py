"""CRM facts as signals: a deal that moved, a meeting that was booked, told by the account's events.

    accounts.services.events.record ─▶ note_facts (same transaction: work for what is news) ─▶ take_facts: the rules of
        the catalogue say which type, if any ─▶ sending.send_records, once each, by the event's own key

An account that is merged meanwhile keeps its events, so its facts go with it; an event that is gone tells nothing. A
deal that is gone and a meeting that is taken back, here or in the CRM, tell so in the same way (note_facts ─▶
take_back), and their signals are retracted at once. Each night what was missed is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abmops.lib.choices import SourceKind
from abmops.lib.ids import first_uuid7
from abmops.work import crash
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.domain.meeting import NEVER
from accounts.models import AccountEvent, AccountExternalId, Opportunity, Touch
from signals.domain import crm
from signals.domain.rules import Rulebook
from signals.models import RemovalKind, Signal, Source
from signals.selectors import book
from signals.services import removing
from signals.services.sending import send_records

KIND = "crm_facts"
KIND_BACK = "crm_facts_back"
SLICE = 1_000
ON_ITS_WAY = timedelta(minutes=1)
"""How long a fact may be on its way through the door, so that it is looked for a second time."""


def note_facts(events: Sequence[AccountEvent], now: datetime) -> None:
    """Put work for the facts among new events that are news, and for deals and meetings that are none any more. Called
    in the transaction that writes the events."""
    _put(KIND, (one.pk for one in events if one.kind in crm.KINDS and one.at >= now - crm.NEWS))
    back = [one.pk for one in events if one.kind == crm.REMOVED or one.payload.get("how") in NEVER]
    _put(KIND_BACK, back)
    _put(KIND_BACK, back, at=now + ON_ITS_WAY)


def _put(kind: str, events: Iterable[int], *, at: datetime | None = None) -> None:
    ids = sorted(events)
    for start in range(0, len(ids), SLICE):
        part = ids[start : start + SLICE]
        key = f"{kind}:{part[0]}" + (":again" if at else "")
        work.put(kind=kind, dedup_key=key, payload={"events": part}, lane="bulk", run_at=at)


def take_facts(items: Sequence[WorkItem], now: datetime) -> None:
    """Send the facts that a rule of the catalogue knows through the door of all records; the others are no signals.

    Without an active source of the kind CRM nothing is sent.
    """
    ids = [pk for item in items for pk in item.payload.get("events", [])]
    source = Source.objects.filter(kind=SourceKind.CRM, is_active=True).order_by("pk").first()
    if not ids or source is None:
        return
    events = AccountEvent.objects.standing().filter(pk__in=ids).select_related("account").order_by("pk")
    records = _records(list(events), source.slug, book().rulebook)
    if records:
        send_records(records=records, now=now)


def take_back(items: Sequence[WorkItem], now: datetime) -> None:
    """Retract the signals of deals and meetings that are none any more: those that our events became, and those that
    told of meetings. Running twice takes nothing more."""
    told = AccountEvent.objects.filter(pk__in=[pk for item in items for pk in item.payload.get("events", [])])
    stages = [pk for one in told for pk in one.payload.get("events", ())]
    deals = AccountEvent.objects.filter(pk__in=stages, withdrawn_at__isnull=False)
    named = {
        (one.account_id, one.payload["event"]): one.payload.get("touch")
        for one in told
        if "event" in one.payload
    }
    meetings = AccountEvent.objects.filter(
        account__in={account for account, _ in named}, kind=crm.MEETING, withdrawn_at__isnull=False
    )
    touches = {touch for touch in named.values() if touch is not None}
    meant = [
        one for one in meetings if (one.account_id, one.pk) in named or one.payload.get("touch") in touches
    ]
    _remove(_signals_of([*meant, *deals]), now)
    crash.point("crm_facts_back.before_commit")


def _signals_of(facts: Sequence[AccountEvent]) -> list[UUID]:
    """The signals behind facts and of them: two queries; what is gone already is none."""
    if not facts:
        return []
    named = [UUID(one.payload["signal"]) for one in facts if one.payload.get("signal")]
    told = Signal.objects.filter(
        account__in={one.account_id for one in facts},
        id__gte=first_uuid7(min(one.created_at for one in facts) - ON_ITS_WAY),
        source__kind=SourceKind.CRM,
        message_id__in=[message_id(one.dedup_key) for one in facts],
    )
    found = Signal.objects.filter(id__in=named, id__gte=min(named), id__lte=max(named)) if named else ()
    return sorted({row.pk for rows in (told, found) for row in rows})


def _records(events: Sequence[AccountEvent], source: str, rulebook: Rulebook) -> dict[int, dict[str, Any]]:
    """The records of the events that a rule knows, whose account has a key, and whose deal or meeting still stands."""
    deals = _standing(Opportunity, "opportunity", events)
    touches = _standing(Touch, "touch", events)
    external = _external_ids({one.account_id for one in events if not one.account.domain})
    records: dict[int, dict[str, Any]] = {}
    for one in events:
        said = crm.event_of(one.kind, one.payload)
        match = rulebook.match(said) if said else None
        about = deals.get(one.payload.get("opportunity")) or touches.get(one.payload.get("touch"))
        key = _account_key(one, external)
        if said is None or match is None or about is None or not key:
            continue
        records[one.pk] = {
            "source": source,
            "type": match.slug,
            **key,
            **({"contact_email": about["contact__email"]} if about.get("contact__email") else {}),
            # A meeting may lie ahead; that it was booked is known from the moment it was told.
            "occurred_at": min(one.at, one.created_at),
            "message_id": message_id(one.dedup_key),
            "properties": {"name": said["event"], **_shown(one.payload, about)},
        }
    return records


def message_id(dedup_key: str) -> str:
    """The fact's identity: the same fact, written again after an undo, is the same signal. `_GONE` reckons it too."""
    return crm.FACT + hashlib.sha256(dedup_key.encode()).hexdigest()[:40]


def _standing(model: Any, name: str, events: Iterable[AccountEvent]) -> dict[Any, dict[str, Any]]:
    """The deals or meetings that the events tell of, as far as they are still there."""
    wanted = {one.payload[name] for one in events if name in one.payload}
    if not wanted:
        return {}
    fields = ("pk", "name") if model is Opportunity else ("pk", "subject", "contact__email")
    return {row["pk"]: row for row in model.objects.filter(pk__in=wanted).values(*fields)}


def _external_ids(accounts: Iterable[int]) -> dict[int, str]:
    rows = AccountExternalId.objects.filter(account_id__in=set(accounts)).order_by("-pk")
    return dict(rows.values_list("account_id", "value"))


def _account_key(event: AccountEvent, external: Mapping[int, str]) -> dict[str, str]:
    if event.account.domain:
        return {"account_domain": event.account.domain}
    value = external.get(event.account_id)
    return {"account_external_id": value} if value else {}


def _shown(payload: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in payload.items() if value is not None}
    title = about.get("name") or about.get("subject")
    return shown | ({"about": title} if title else {})


def retract(*, now: datetime) -> int:
    """Take out the signals of deals and meetings that are gone and that nobody has retracted; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE, [first_uuid7(now - crm.NEWS), SourceKind.CRM.value])
        ids = [row[0] for row in cursor.fetchall()]
    _remove(ids, now)
    return len(ids)


def _remove(ids: Sequence[UUID], now: datetime) -> None:
    if ids:
        removing.remove_signals(
            ids=ids,
            kind=RemovalKind.MISTAKE,
            reason="The deal or meeting that it told of was taken back.",
            by=None,
            now=now,
        )


_GONE = """
SELECT s.id FROM signals_signal s JOIN signals_source o ON o.id = s.source_id
WHERE s.id >= %s AND o.kind = %s AND s.message_id LIKE 'fact:%%'
  AND (s.properties ? 'touch'
       AND (NOT s.properties ? 'task'
            AND NOT EXISTS (SELECT FROM accounts_touch t WHERE t.id = (s.properties->>'touch')::bigint)
            OR (SELECT bool_and(e.withdrawn_at IS NOT NULL) FROM accounts_accountevent e
                WHERE e.account_id = s.account_id AND e.kind = 'meeting_booked'
                AND e.payload->>'touch' = s.properties->>'touch'))
    OR s.properties ? 'opportunity'
       AND (NOT EXISTS (SELECT FROM accounts_opportunity p WHERE p.id = (s.properties->>'opportunity')::bigint)
            OR EXISTS (SELECT FROM accounts_accountevent e
                WHERE e.account_id = s.account_id AND e.kind = 'opportunity_stage' AND e.withdrawn_at IS NOT NULL
                AND s.message_id = 'fact:' || left(encode(sha256(e.dedup_key::bytea), 'hex'), 40))))
ORDER BY s.id LIMIT 5000
"""
