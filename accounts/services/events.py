"""Account events: facts that are not signals and that plays react to, written once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from abmops.work import crash
from abmops.work import services as work
from accounts.models import AccountEvent
from accounts.services import storing

KIND_OF_WORK = "account_event"
# What is older than this when we learn of it is history: it is kept, and nothing reacts to it.
NEWS = timedelta(days=7)


# What else is to be done with new events, in the transaction that writes them; upper apps add to it in `ready()`.
LISTENERS: list[Callable[[Sequence[AccountEvent], datetime], None]] = []


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact to write. `dedup_key` is the fact's identity: writing it again adds nothing and starts nothing."""

    account_id: int
    kind: str
    at: datetime
    dedup_key: str
    payload: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record(events: Iterable[NewEvent], *, now: datetime, due: datetime | None = None) -> list[AccountEvent]:
    """Write the events that are not known yet, with work for those that are news; returns the new ones.

    The work is due at once, or at `due`. Two statements, and one more a thousand events.
    """
    wanted: dict[str, NewEvent] = {}
    for event in events:
        wanted.setdefault(event.dedup_key, event)
    if not wanted:
        return []
    rows = [
        AccountEvent(
            account_id=event.account_id, kind=event.kind, at=event.at, payload=event.payload, dedup_key=key
        )
        for key, event in sorted(wanted.items())
    ]
    stored = storing.insert(rows, now=now, skip_known="dedup_key")
    crash.point("events.before_work")
    _put_work(stored, now, due)
    for listen in LISTENERS:
        listen(stored, now)
    return stored


def _put_work(events: Sequence[AccountEvent], now: datetime, due: datetime | None) -> None:
    work.put_many(
        work.Put(
            kind=KIND_OF_WORK,
            subject_id=event.pk,
            dedup_key=f"{KIND_OF_WORK}:{event.pk}",
            run_at=due,
            lane="react",
        )
        for event in events
        if event.at >= now - NEWS
    )
