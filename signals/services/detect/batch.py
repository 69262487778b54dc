"""The steps of detection, one after the other, for a batch of work items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection
from psycopg2.extras import execute_values

from abmops.lib.ids import first_uuid7, uuid7
from abmops.work import crash
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain.identity import Identity, Key
from signals.domain.state import Sighting
from signals.models import Signal, UnmatchedSignal, UnnamedSignal
from signals.selectors import Book, book
from signals.services import reverse_ip
from signals.services.detect import keys, placement, sayings
from signals.services.detect.arrivals import Arrival, SetAside, of_item
from signals.services.detect.engaged import note_engaged
from signals.services.detect.evaluate import advance
from signals.services.detect.forgotten import leave_out
from signals.services.detect.store import Stored, keep_aside, keep_waiting, store

RESOLVE = "resolve"
SWEEP_LIMIT = 5000
# How long after a signal the sweep looks for what was said of its person while it was being stored.
RACE = timedelta(hours=1)
# How long a signal waits for the name of its person.
NAMED_WITHIN = timedelta(days=400)


def detect(items: Sequence[WorkItem], now: datetime) -> None:
    """Turn inbox items into signals, states and crossings. Doing it twice changes nothing: the keys are taken."""
    written = book()
    arrivals: list[Arrival] = []
    asides: list[SetAside] = []
    for item in items:
        for one in of_item(item, written):
            (arrivals if isinstance(one, Arrival) else asides).append(one)  # type: ignore[arg-type]
    new, conflicts = keys.first_sayings(arrivals)
    set_aside = leave_out(new, asides + conflicts)
    crash.point("detect.after_keys")
    spoken_of = sayings.remember(arrival for arrival in new if arrival.type is None)
    found = placement.directory(new)
    for arrival in new:
        found.place(arrival)
    placement.introduce(new, found)
    stored = store(new)
    keep_waiting(stored, found)
    keep_aside(set_aside)
    crash.point("detect.after_store")
    note_engaged(stored, now)
    advance(_by_account(stored), book=written, now=_after(stored, now))
    if spoken_of:
        _resolve_later(spoken_of, now)
    crash.point("detect.before_commit")


def _after(stored: Iterable[Stored], now: datetime) -> datetime:
    """A moment after every signal at hand, should the web host's clock run ahead of the database's."""
    return max([now, *(one.arrival.received_at + timedelta(microseconds=1) for one in stored)])


def _by_account(stored: Iterable[Stored]) -> dict[int, list[Sighting]]:
    grouped: dict[int, list[Sighting]] = defaultdict(list)
    for one in stored:
        if one.arrival.account_id is not None:
            grouped[one.arrival.account_id].append(one.sighting)
    return grouped


def _resolve_later(spoken_of: Sequence[str], now: datetime) -> None:
    """Somebody said who these users are: signals that waited for it are placed by work of its own."""
    if any(
        kind.objects.filter(keys__overlap=list(spoken_of)).exists()
        for kind in (UnmatchedSignal, UnnamedSignal)
    ):
        work.put(kind=RESOLVE, dedup_key=f"resolve:{uuid7(now)}", payload={"keys": list(spoken_of)})


def evaluate_accounts(items: Sequence[WorkItem], now: datetime) -> None:
    """Judge accounts that something other than a signal has touched: the clock, a list change, a new fit."""
    advance({item.subject_id: [] for item in items if item.subject_id is not None}, book=book(), now=now)


def resolve(items: Sequence[WorkItem], now: datetime) -> None:
    """Place the signals that waited for any of these keys, and name the people behind others."""
    wanted = sorted({key for item in items for key in item.payload.get("keys", [])})
    if wanted:
        _place(UnmatchedSignal.objects.filter(keys__overlap=wanted), now)
        _name(UnnamedSignal.objects.filter(keys__overlap=wanted), now)


def sweep_unmatched(now: datetime) -> None:
    """Place and name whatever can be by now.

    Catches keys that appeared by hand, and those that appeared while the signal was being stored: neither of two
    transactions sees what the other one is writing.
    """
    recent = first_uuid7(now - RACE)
    with connection.cursor() as cursor:
        cursor.execute(_PLACEABLE, [SWEEP_LIMIT])
        placeable = {row[0] for row in cursor.fetchall()}
        cursor.execute(_SPOKEN_OF.format(table="signals_unmatchedsignal"), [recent, SWEEP_LIMIT])
        placeable |= {row[0] for row in cursor.fetchall()}
        cursor.execute(_SPOKEN_OF.format(table="signals_unnamedsignal"), [recent, SWEEP_LIMIT])
        nameable = {row[0] for row in cursor.fetchall()}
    if placeable:
        _place(UnmatchedSignal.objects.filter(pk__in=placeable), now)
    if nameable:
        _name(UnnamedSignal.objects.filter(pk__in=nameable), now)


def forget_unnamed(now: datetime) -> int:
    """Let the people of old signals stay unknown; returns how many signals no longer wait for a name."""
    old = UnnamedSignal.objects.filter(signal_id__lt=first_uuid7(now - NAMED_WITHIN))
    return old.delete()[0]


_PLACEABLE = """
SELECT DISTINCT u.signal_id FROM signals_unmatchedsignal u CROSS JOIN LATERAL unnest(u.keys) AS k(key)
WHERE EXISTS (SELECT FROM accounts_accountdomain d WHERE 'domain:' || d.domain = k.key)
   OR EXISTS (SELECT FROM accounts_accountdomain d WHERE 'network:' || d.domain = k.key)
   OR EXISTS (SELECT FROM accounts_accountexternalid e WHERE 'external:' || e.value = k.key)
   OR EXISTS (SELECT FROM accounts_contact c WHERE c.account_id IS NOT NULL AND 'email:' || lower(c.email) = k.key)
LIMIT %s
"""
_SPOKEN_OF = r"""
SELECT w.signal_id FROM {table} w WHERE w.signal_id >= %s AND EXISTS (
    SELECT FROM unnest(w.keys) AS k(key)
    JOIN signals_identity i ON i.source_id = w.source_id AND i.key = regexp_replace(k.key, '^([a-z]+):[0-9]+:', '\1:')
    WHERE k.key ~ '^(user|anonymous):' AND (i.email <> '' OR i.same_as <> '' OR i.account_keys <> '{{}}')
)
ORDER BY w.signal_id DESC LIMIT %s
"""


def _place(waiting: Iterable[UnmatchedSignal], now: datetime) -> None:
    """Give waiting signals their account, in the order they happened, and let them mean what they mean."""
    rows = {
        row.pk: row
        for row in UnmatchedSignal.objects.select_for_update()
        .filter(pk__in=[row.pk for row in waiting])
        .order_by("pk")
    }
    if not rows:
        return
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
        return
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
    advance(_by_account(placed), book=written, now=now)


def _name(waiting: Iterable[UnnamedSignal], now: datetime) -> None:
    """Give placed signals their person, as if it had been known from the beginning: the states are made anew."""
    ids = [row.pk for row in waiting]
    rows = {
        row.pk: row for row in UnnamedSignal.objects.select_for_update().filter(pk__in=ids).order_by("pk")
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
    advance(dict.fromkeys(_by_account(named), ()), book=written, now=now, rebuild=True)


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
