"""Signals that waited are placed and named once somebody says whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from abmops.lib.ids import uuid7
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain.identity import Identity, Key
from signals.models import Signal, UnmatchedSignal, UnnamedSignal
from signals.selectors import Book, book
from signals.services import reverse_ip
from signals.services.detect import placement
from signals.services.detect.arrivals import Arrival
from signals.services.detect.batch import RESOLVE, by_account
from signals.services.detect.engaged import note_engaged
from signals.services.detect.evaluate import advance
from signals.services.detect.store import Stored, keep_waiting

# So many waiting signals a transaction; of more, the rest is put as work behind the last of them.
AT_ONCE = 2_000


def resolve(items: Sequence[WorkItem], now: datetime) -> None:
    """Place the signals that waited for any of these keys, and name the people behind others, a slice at a time."""
    fresh = sorted(
        {key for item in items if "after" not in item.payload for key in item.payload.get("keys", [])}
    )
    if fresh:
        _next_slice(fresh, None, now)
    for item in items:
        if "after" in item.payload:
            _next_slice(item.payload["keys"], UUID(item.payload["after"]), now)


def _next_slice(wanted: Sequence[str], after: UUID | None, now: datetime) -> None:
    """The next signals by id. One that cannot be placed is passed by, so that it stands before nobody."""
    last = None
    for kind, act in ((UnmatchedSignal, place), (UnnamedSignal, name_people)):
        rows = kind.objects.filter(keys__overlap=list(wanted)).order_by("pk")
        ids = list(
            (rows if after is None else rows.filter(pk__gt=after)).values_list("pk", flat=True)[:AT_ONCE]
        )
        act(ids, now)
        if len(ids) == AT_ONCE:
            last = ids[-1] if last is None else min(last, ids[-1])
    if last is not None:
        payload = {"keys": list(wanted), "after": str(last)}
        work.put(kind=RESOLVE, dedup_key=f"resolve:{uuid7(now)}", payload=payload)


def place(ids: Iterable[UUID], now: datetime) -> list[Stored]:
    """Give waiting signals their account, in the order they happened, and let them mean what they mean.

    Returns those that were placed.
    """
    rows = {
        row.pk: row
        for row in UnmatchedSignal.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    }
    if not rows:
        return []
    written = book()
    arrivals = {
        signal.pk: _arrival(signal, rows[signal.pk], written) for signal in Signal.objects.filter(pk__in=rows)
    }
    found = placement.directory(list(arrivals.values()))
    for arrival in arrivals.values():
        found.place(arrival)
    placement.introduce(list(arrivals.values()), found)
    placed = [Stored(pk, arrival) for pk, arrival in arrivals.items() if arrival.account_id is not None]
    placed.sort(key=lambda one: (one.arrival.occurred_at, one.id))
    if not placed:
        return []
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "UPDATE signals_signal s SET account_id = v.account_id, contact_id = v.contact_id::bigint "
            "FROM (VALUES %s) AS v(id, account_id, contact_id) WHERE s.id = v.id::uuid",
            [(str(one.id), one.arrival.account_id, one.arrival.contact_id) for one in placed],
            page_size=len(placed),
        )
    reverse_ip.mark([one.id for one in placed if one.arrival.by_network])
    UnmatchedSignal.objects.filter(pk__in=[one.id for one in placed]).delete()
    keep_waiting(placed, found)
    note_engaged(placed, now)
    advance(by_account(placed), book=written, now=now)
    return placed


def name_people(ids: Iterable[UUID], now: datetime) -> None:
    """Give placed signals their person, as if it had been known from the beginning: the states are made anew."""
    rows = {
        row.pk: row
        for row in UnnamedSignal.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    }
    if not rows:
        return
    written = book()
    arrivals = {}
    for signal in Signal.objects.filter(pk__in=rows):
        arrivals[signal.pk] = _arrival(signal, rows[signal.pk], written)
        arrivals[signal.pk].account_id = signal.account_id
    found = placement.directory(list(arrivals.values()))
    placement.introduce(list(arrivals.values()), found)
    named = [Stored(pk, arrival) for pk, arrival in arrivals.items() if arrival.contact_id is not None]
    if not named:
        return
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "UPDATE signals_signal s SET contact_id = v.contact_id "
            "FROM (VALUES %s) AS v(id, contact_id) WHERE s.id = v.id::uuid",
            [(str(one.id), one.arrival.contact_id) for one in sorted(named, key=lambda one: one.id)],
            page_size=len(named),
        )
    UnnamedSignal.objects.filter(pk__in=[one.id for one in named]).delete()
    note_engaged(named, now)
    advance(dict.fromkeys(by_account(named), ()), book=written, now=now, rebuild=True)


def _arrival(signal: Signal, waiting: UnmatchedSignal | UnnamedSignal, written: Book) -> Arrival:
    """A stored signal as it arrived, as far as placing it needs."""
    by_kind = [key.partition(":") for key in waiting.keys]
    return Arrival(
        source_id=signal.source_id,
        digest=b"",
        body_digest=b"",
        message_id=signal.message_id,
        occurred_at=signal.occurred_at,
        received_at=signal.received_at,
        who=Identity(
            account_keys=tuple(Key(by, value) for by, _, value in by_kind if by in {"external", "domain"}),
            email=next((value for by, _, value in by_kind if by == "email"), None),
            people=tuple(
                Key(by, value.partition(":")[2]) for by, _, value in by_kind if by in {"user", "anonymous"}
            ),
        ),
        type=written.catalogue.by_id(signal.type_id),
        topic=signal.topic,
        strength=signal.strength,
        points=signal.points,
        properties=signal.properties,
        network=next((value for by, _, value in by_kind if by == "network"), ""),
        by_network=reverse_ip.is_by_network(signal.properties),
    )
