"""The account graph's lines of the timeline: touches, list changes, the moves of opportunities and of the phase."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import nlargest

from abmops.lib.choices import Phase, Side
from abmops.lib.timeline import Entry
from accounts.domain.touch_words import touch_words
from accounts.models import AccountEvent, ListMembership, OpportunityStage, Touch


def entries(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    """The newest entries before a moment: four queries, each cut at `limit`."""
    found = [
        *_touches(account_id, before, limit),
        *_list_changes(account_id, before, limit),
        *_stages(account_id, before, limit),
        *_events(account_id, before, limit),
    ]
    return nlargest(limit, found, key=lambda entry: (entry.at, entry.key))


def _touches(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    rows = Touch.objects.filter(account_id=account_id, occurred_at__lt=before).select_related(
        "contact", "person"
    )
    for touch in rows.order_by("-occurred_at", "-id")[:limit]:
        who = touch.person.name if touch.person else ""
        yield Entry(
            at=touch.occurred_at,
            kind="touch",
            side=Side(touch.side),
            text=touch_words(touch.channel, touch.direction, str(touch.contact or "")),
            detail=". ".join(part.rstrip(".") for part in (touch.subject, who) if part),
            key=f"touch:{touch.pk:012d}",
            extra={"channel": touch.channel, "direction": touch.direction, "programmed": touch.programmed},
        )


def _list_changes(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    rows = ListMembership.objects.filter(account_id=account_id, valid_from__lt=before).select_related("by")
    for row in rows.order_by("-valid_from")[:limit]:
        yield Entry(
            at=row.valid_from,
            kind="list",
            side=Side(row.side),
            text=f"On the list in tier {row.tier}" if row.tier else "Taken off the list",
            detail=". ".join(
                part.rstrip(".") for part in (row.reason, row.by.name if row.by else "") if part
            ),
            key=f"list:{row.pk:012d}",
            extra={"tier": row.tier},
        )


def _stages(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    rows = OpportunityStage.objects.filter(opportunity__account_id=account_id, at__lt=before)
    for row in rows.select_related("opportunity").order_by("-at", "-id")[:limit]:
        deal = row.opportunity
        money = f" ({deal.amount.normalize():,f} {deal.currency})" if deal.amount is not None else ""
        yield Entry(
            at=row.at,
            kind="opportunity",
            side=Side.SALES,
            text=f"{deal} entered {row.stage}",
            detail=f"{deal.name or deal.external_id}{money}",
            key=f"stage:{row.pk:012d}",
            extra={"opportunity": deal.pk, "stage": row.stage, "outcome": deal.outcome},
        )


def _events(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    """The moves of the phase, and deals that were taken back: their stages are gone with them."""
    kinds = (AccountEvent.Kind.CHANGED_PHASE, AccountEvent.Kind.OPPORTUNITY_REMOVED)
    rows = AccountEvent.objects.filter(account_id=account_id, at__lt=before, kind__in=kinds)
    for row in rows.order_by("-at", "-id")[:limit]:
        yield _removed(row) if row.kind == AccountEvent.Kind.OPPORTUNITY_REMOVED else _phase(row)


def _removed(row: AccountEvent) -> Entry:
    said = row.payload
    what = f"{said['deal']} was taken back: it counts no more"
    if stages := said.get("stages"):
        what = f"{said['deal']} did not enter {', '.join(stages)}: that was taken back"
    return Entry(
        at=row.at,
        kind="opportunity",
        side=Side.SALES,
        text=what,
        detail=". ".join(part.rstrip(".") for part in (said["reason"], said["name"]) if part),
        key=f"removed:{row.pk:012d}",
    )


def _phase(row: AccountEvent) -> Entry:
    said, names = row.payload, dict(Phase.choices)
    to = said.get("to", "")
    return Entry(
        at=row.at,
        kind="phase",
        side=Side.REVOPS,
        text=f"Moved to the {str(names.get(to, to)).lower()} phase",
        detail=". ".join(part.rstrip(".") for part in (said.get("cause", ""), said.get("name", "")) if part),
        key=f"phase:{row.pk:012d}",
        extra={"from": said.get("from", ""), "to": to},
    )
