"""CRM facts as signals: a deal that moved, a meeting that was booked, told by the account's events.

    accounts.services.events.record ─▶ note_facts (same transaction: work for what is news) ─▶ take_facts: the rules of
        the catalogue say which type, if any ─▶ sending.send_records, once each, by the event's own key

An account that is merged meanwhile keeps its events, so its facts go with it; an event that is gone tells nothing. What
an import took back after it had become a signal is retracted each night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from abmops.lib.choices import SourceKind
from abmops.lib.ids import first_uuid7
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import AccountEvent, AccountExternalId, Opportunity, Touch
from signals.domain import crm
from signals.domain.rules import Rulebook
from signals.models import RemovalKind, Source
from signals.selectors import book
from signals.services import removing
from signals.services.sending import send_records

KIND = "crm_facts"
SLICE = 1_000


def note_facts(events: Sequence[AccountEvent], now: datetime) -> None:
    """Put work for the facts among new events that are news. Called in the transaction that writes the events."""
    ids = sorted(one.pk for one in events if one.kind in crm.KINDS and one.at >= now - crm.NEWS)
    for start in range(0, len(ids), SLICE):
        part = ids[start : start + SLICE]
        work.put(kind=KIND, dedup_key=f"{KIND}:{part[0]}", payload={"events": part}, lane="bulk")


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
    """The fact's identity: the same fact, written again after an undo, is the same signal."""
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
    """Take out the signals of deals and meetings that an undone import or a person has taken away again; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE, [first_uuid7(now - crm.NEWS), SourceKind.CRM.value])
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        removing.remove_signals(
            ids=ids,
            kind=RemovalKind.MISTAKE,
            reason="The deal or meeting that the CRM told of was taken back.",
            by=None,
            now=now,
        )
    return len(ids)


_GONE = """
SELECT s.id FROM signals_signal s JOIN signals_source o ON o.id = s.source_id
WHERE s.id >= %s AND o.kind = %s AND s.message_id LIKE 'fact:%%'
  AND (s.properties ? 'touch'
       AND (NOT EXISTS (SELECT FROM accounts_touch t WHERE t.id = (s.properties->>'touch')::bigint)
            OR EXISTS (SELECT FROM accounts_accountevent e WHERE e.account_id = s.account_id
                       AND e.withdrawn_at IS NOT NULL AND e.payload->>'touch' = s.properties->>'touch'))
    OR s.properties ? 'opportunity'
       AND NOT EXISTS (SELECT FROM accounts_opportunity p WHERE p.id = (s.properties->>'opportunity')::bigint))
ORDER BY s.id LIMIT 5000
"""
