"""The steps of detection, one after the other, for a batch of work items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from abmops.lib.ids import first_uuid7, uuid7
from abmops.work import crash
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain.state import Sighting
from signals.models import UnmatchedSignal, UnnamedSignal
from signals.selectors import book
from signals.services.detect import keys, placement, sayings
from signals.services.detect.arrivals import Arrival, SetAside, of_item
from signals.services.detect.engaged import note_engaged
from signals.services.detect.evaluate import advance
from signals.services.detect.forgotten import leave_out
from signals.services.detect.store import Stored, keep_aside, keep_waiting, store

RESOLVE = "resolve"
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
    advance(by_account(stored), book=written, now=after(stored, now))
    if spoken_of:
        _resolve_later(spoken_of, now)
    crash.point("detect.before_commit")


def after(stored: Iterable[Stored], now: datetime) -> datetime:
    """A moment after every signal at hand, should the web host's clock run ahead of the database's."""
    return max([now, *(one.arrival.received_at + timedelta(microseconds=1) for one in stored)])


def by_account(stored: Iterable[Stored]) -> dict[int, list[Sighting]]:
    """What the states of each account have to take in."""
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


def forget_unnamed(now: datetime) -> int:
    """Let the people of old signals stay unknown; returns how many signals no longer wait for a name."""
    old = UnnamedSignal.objects.filter(signal_id__lt=first_uuid7(now - NAMED_WITHIN))
    return old.delete()[0]
