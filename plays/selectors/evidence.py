"""What signals say to a decision: what an account did of late, and what stands behind a crossing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from abmops.lib.choices import SourceKind
from abmops.lib.ids import first_uuid7
from plays.domain import vocabulary as words
from plays.domain.facts import ENGAGED, independent
from signals.models import Signal


def heard(
    ids: list[int], *, days: int, now: datetime
) -> tuple[dict[int, tuple[datetime, ...]], dict[int, dict[int, datetime]]]:
    """Per account: when its independent qualifying signals last came, and when each contact that acted last did."""
    rows = (
        _lately(ids, now=now)
        .values_list("account", "contact", "type__qualifying", "type")
        .annotate(last=Max("occurred_at"))
        .order_by()
    )
    since = now - timedelta(days=days)
    came: dict[int, list[tuple[int, int | None, datetime]]] = defaultdict(list)
    acted: dict[int, dict[int, datetime]] = defaultdict(dict)
    for account, contact, qualifies, kind, last in rows:
        if qualifies and last >= since:
            came[account].append((kind, contact, last))
        if contact is not None:
            acted[account][contact] = max(last, acted[account].get(contact, last))
    return {account: independent(seen) for account, seen in came.items()}, acted


def engaged_contacts(ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Per account: how many contacts acted lately, as `AccountFacts.engaged_contacts` says it; one query."""
    if not ids:
        return {}
    acted = _lately(ids, now=now).filter(contact__isnull=False).order_by().values_list("account")
    return dict(acted.annotate(n=Count("contact", distinct=True)))


def _lately(ids: Collection[int], *, now: datetime) -> QuerySet[Signal]:
    return Signal.objects.filter(
        account__in=ids,
        occurred_at__gte=now - ENGAGED,
        occurred_at__lte=now,
        # The table is partitioned by the time-ordered id; no signal is received before it occurred.
        id__gte=first_uuid7(now - ENGAGED - timedelta(days=1)),
    )


def qualifying(ids: Collection[int], *, days: int, now: datetime) -> dict[int, tuple[datetime, ...]]:
    """Per account: when each of its independent qualifying signals of the last `days` days last came; one query."""
    return heard(list(ids), days=days, now=now)[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the signals behind a crossing say: who acted, how strongly, in words."""

    hand_raise: bool = False
    strong_inbound: bool = False
    contact_id: int | None = None
    words: str = ""


def evidence_of(signal_ids: Mapping[int, Iterable[UUID]]) -> dict[int, Evidence]:
    """Crossing id -> its evidence, in one query. Strong inbound: the account itself did something that
    qualifies.
    """
    wanted = {pk for ids in signal_ids.values() for pk in ids}
    rows: dict[UUID, dict[str, Any]] = {
        row["id"]: dict(row)
        for row in Signal.objects.filter(id__in=wanted).values(
            "id", "contact", "contact__name", "occurred_at",
            "type__name", "type__kind", "type__qualifying", "type__hand_raise",
        )
    }  # fmt: skip
    return {
        crossing: _evidence([rows[pk] for pk in ids if pk in rows]) for crossing, ids in signal_ids.items()
    }


def _evidence(signals: list[dict[str, Any]]) -> Evidence:
    own = (SourceKind.FIRST_PARTY, SourceKind.PRODUCT)
    newest_first = sorted(signals, key=lambda row: row["occurred_at"], reverse=True)
    counts: dict[str, int] = defaultdict(int)
    for row in newest_first:
        counts[row["type__name"]] += 1
    contacts = {row["contact"] for row in signals if row["contact"] is not None}
    parts = [name if n == 1 else f"{name} ({n})" for name, n in counts.items()]
    who = ""
    if len(contacts) == 1:
        who = next(f" by {row['contact__name']}" for row in newest_first if row["contact"] is not None)
    elif contacts:
        who = f" by {words.counted(len(contacts), 'person', 'people')}"
    return Evidence(
        hand_raise=any(row["type__hand_raise"] for row in signals),
        strong_inbound=any(row["type__qualifying"] and row["type__kind"] in own for row in signals),
        contact_id=next((row["contact"] for row in newest_first if row["contact"] is not None), None),
        words=f"{words.listed(parts[:4], joiner='and')}{who}" if parts else "",
    )
