"""The same ten thousand events, delivered twice, shuffled and in any batches, come to the same final state.

What may depend on the order is left out on purpose: a rise of the score and dormancy are judgements of a moment, and
can have been true before an older event came in. Ids that the database gives are told by what they stand for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.utils import timezone

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountDomain, AccountEvent, Contact
from signals.domain.segment import read_batch
from signals.domain.state import RollingState, unpack_id
from signals.domain.trail import Trail
from signals.models import (
    AccountMemory,
    AccountState,
    Crossing,
    Identity,
    RejectedEvent,
    Signal,
    SignalKey,
    UnmatchedSignal,
    UnnamedSignal,
)
from signals.services import definitions, ingest
from tests.signals import make

pytestmark = pytest.mark.django_db

EVENTS = 10_000
ACCOUNTS = 300
UNKNOWN = 20  # companies that send and are nobody's account
PEOPLE = 4  # of each company

THRESHOLDS: dict[str, dict[str, Any]] = {
    "five": {"count": {"at_least": 5, "days": 10}},
    "types": {"distinct_types": {"at_least": 3, "days": 14}},
    "people": {"distinct_contacts": {"at_least": 3, "days": 30}},
    "independent": {"distinct_signals": {"qualifying": True, "at_least": 3, "days": 21}},
    "keen": {"intent": {"at_least": 60}},
    "either": {
        "any": [
            {"score": {"at_least": 55}},
            {"all": [{"fit": {"at_least": 50}}, {"intent": {"at_least": 30}}]},
        ]
    },
}
GONE = (
    AccountEvent,
    Crossing,
    AccountMemory,
    AccountState,
    Contact,
    Identity,
    RejectedEvent,
    Signal,
    SignalKey,
    UnmatchedSignal,
    UnnamedSignal,
    WorkItem,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the events came to."""

    signals: frozenset[tuple[Any, ...]]
    unmatched: frozenset[tuple[Any, ...]]
    unnamed: frozenset[tuple[Any, ...]]
    contacts: frozenset[tuple[Any, ...]]
    identities: frozenset[tuple[Any, ...]]
    rejected: frozenset[tuple[Any, ...]]
    events: frozenset[str]
    crossings: frozenset[tuple[Any, ...]]
    states: Mapping[str, Any]


def generated(rng: random.Random, now: datetime) -> list[dict[str, Any]]:
    """Events of the last forty days, no two at the same moment, each company's people known in different ways."""
    events: list[dict[str, Any]] = []
    for number in range(EVENTS):
        company = rng.randrange(ACCOUNTS + UNKNOWN)
        person = rng.randrange(PEOPLE)
        at = now - timedelta(seconds=9 + number * 345.6)
        base = {"messageId": f"m{number}", "userId": f"c{company}-p{person}", "timestamp": at.isoformat()}
        events.append(base | _said(rng, company, person))
    return events


def _said(rng: random.Random, company: int, person: int) -> dict[str, Any]:
    email, domain = f"p{person}@c{company}.example", f"c{company}.example"
    kind = rng.random()
    if kind < 0.08:
        return {"type": "identify", "traits": {"email": email, "name": f"Person {person}"}}
    if kind < 0.13:
        return {"type": "group", "groupId": domain}
    if kind < 0.15:
        return {"type": "track", "event": "Cart Emptied"}
    what: dict[str, Any] = rng.choice(
        [
            {"type": "page", "name": "Pricing", "properties": {"path": "/pricing/team"}},
            {"type": "track", "event": "Webinar Registered", "properties": {"n": rng.randrange(9)}},
            {"type": "screen", "name": "Home"},
            {"type": "track", "event": "Demo Requested"},
        ]
    )
    who = rng.random()
    if who < 0.5:
        return what | {"context": {"groupId": domain}}
    if who < 0.7:
        return what | {"context": {"traits": {"email": email}}}
    return what


def deliver(
    site: make.Site, events: Sequence[dict[str, Any]], rng: random.Random, most: int, now: datetime
) -> None:
    """Calls of 1 to `most` events, the inbox worked off now and then."""
    start = 0
    while start < len(events):
        size = rng.randint(1, most)
        body = json.dumps({"batch": events[start : start + size]}).encode()
        received_at = now - timedelta(seconds=1)
        ingest.accept_segment(source=site.source, reading=read_batch(body), call=None, now=received_at)
        start += size
        if rng.random() < 0.2:
            work.drain_all(now)
    work.drain_all(now)


def outcome() -> Outcome:
    """Read everything that is there, by names that do not change from run to run."""
    emails: dict[int | None, str] = {None: "", 0: ""}
    emails |= {pk: email or "" for pk, email in Contact.objects.values_list("pk", "email")}
    domains: dict[int | None, str] = {None: ""}
    domains |= {pk: domain or "" for pk, domain in Account.objects.values_list("pk", "domain")}
    rows = list(Signal.objects.select_related("type"))
    messages = {str(row.pk): row.message_id for row in rows}
    return Outcome(
        signals=frozenset(
            (
                row.message_id,
                domains[row.account_id],
                emails[row.contact_id],
                row.type.slug,
                row.points,
                row.occurred_at,
                json.dumps(row.properties, sort_keys=True),
            )
            for row in rows
        ),
        unmatched=frozenset(
            (messages[str(row.pk)], *sorted(row.keys)) for row in UnmatchedSignal.objects.all()
        ),
        unnamed=frozenset((messages[str(row.pk)], *row.keys) for row in UnnamedSignal.objects.all()),
        contacts=frozenset((row.email, domains[row.account_id], row.name) for row in Contact.objects.all()),
        identities=frozenset(
            (row.key, json.dumps(row.account_keys), row.email, row.email_said_at, row.name, row.name_said_at)
            for row in Identity.objects.all()
        ),
        rejected=frozenset((row.code, row.reason) for row in RejectedEvent.objects.all()),
        events=frozenset(
            f"{row.kind} {emails[row.payload['contact']]} {row.dedup_key.rpartition(':')[2]}"
            for row in AccountEvent.objects.all()
        ),
        crossings=frozenset(
            (row.threshold.slug, row.account.domain, row.sequence)
            for row in Crossing.objects.select_related("threshold", "account")
        ),
        states={
            row.account.domain or "": _state(row, messages, emails)
            for row in AccountState.objects.select_related("account")
        },
    )


def _state(
    row: AccountState, messages: Mapping[str, str], emails: Mapping[int | None, str]
) -> dict[str, Any]:
    state = RollingState.load(bytes(row.account.memory.state))

    def told(trail: Trail) -> list[list[tuple[float, str, str]]]:
        parts: Iterable[Sequence[tuple[float, bytes, int]]] = (trail.recent, trail.people)
        return [
            [(at, messages[unpack_id(pk)], emails[contact]) for at, pk, contact in marks] for marks in parts
        ]

    return {
        "flows": msgspec.to_builtins(state.flows),
        "trails": {type_id: told(trail) for type_id, trail in state.trails.items()},
        "topics": {
            type_id: {name: told(trail) for name, trail in by.items()} for type_id, by in state.topics.items()
        },
        "last_signal_at": state.last_signal_at,
        "scores": (row.intent, row.score, row.score_week_ago),
        "seen": (row.signals_seen, row.last_signal_at),
        "met": {key: value[0] for key, value in row.armed.items()},
    }


def clear() -> None:
    """Back to before the first event."""
    tables = ", ".join(model._meta.db_table for model in GONE)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def test_order_repetition_and_batches_do_not_show() -> None:
    site = make.site()
    for slug in make.THRESHOLDS:
        definitions.put_threshold(slug=slug, fields={"status": "retired"}, by=None)
    for slug, condition in THRESHOLDS.items():
        fields = {"name": slug, "status": "active", "condition": condition, "rearm_days": 14}
        definitions.put_threshold(slug=slug, fields=fields, by=None)
    rows = [Account(name=f"C{n}", domain=f"c{n}.example", fit=n % 100) for n in range(ACCOUNTS)]
    made = Account.objects.bulk_create(rows)
    AccountDomain.objects.bulk_create(AccountDomain(account=row, domain=row.domain or "") for row in made)
    work.drain_all()
    clear()
    # Ahead of the clock by which work is put, however slow the machine.
    now = timezone.now() + timedelta(days=1)
    events = generated(random.Random(7), now)

    deliver(site, list(reversed(events)), random.Random(1), 500, now)
    first = outcome()
    assert len(first.signals) > 8_000
    assert len(first.crossings) > 500
    assert len(first.unmatched) > 300

    rng = random.Random(2)
    twice = [*events, *events]
    rng.shuffle(twice)
    clear()
    deliver(site, twice, rng, 200, now)
    second = outcome()
    for part in (
        "signals",
        "unmatched",
        "unnamed",
        "contacts",
        "identities",
        "rejected",
        "events",
        "crossings",
    ):
        assert getattr(first, part) ^ getattr(second, part) == set(), part
    assert first.states.keys() == second.states.keys()
    for domain, state in first.states.items():
        assert second.states[domain] == state, domain
