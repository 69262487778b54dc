"""Rolling states made anew from the stored signals, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from signals.domain.catalogue import Catalogue
from signals.domain.state import RollingState, Sighting
from signals.models import Signal

READ_AT_ONCE = 5_000
_COLUMNS = ("account_id", "occurred_at", "id", "source_id", "type_id", "contact_id", "topic", "points")


@dataclass(slots=True)
class Renewed:
    """A state made anew, and how many stored signals it was made of."""

    state: RollingState
    signals: int = 0


def renew(
    states: Mapping[int, RollingState],
    catalogue: Catalogue,
    *,
    without: Collection[str] = (),
    among: QuerySet[Signal] | None = None,
) -> dict[int, Renewed]:
    """Each account's state from its stored signals, less those of the ids in `without`: one query, read in pieces.
    `among` narrows the signals further.

    What a state knows besides signals (touches, since when) is carried over. A state is order-free, so each row goes
    straight into it: an account with a million signals takes no more memory than one with ten. Inside a transaction,
    under the lock of the accounts' states: whoever stores a signal meanwhile adds it afterwards.
    """
    fresh = {account_id: Renewed(_carried_over(old)) for account_id, old in states.items()}
    every = Signal.objects.all() if among is None else among
    rows = every.filter(account_id__in=list(states)).order_by().values_list(*_COLUMNS)
    for account_id, at, pk, source_id, type_id, contact_id, topic, points in rows.iterator(
        chunk_size=READ_AT_ONCE
    ):
        signal_id = str(pk)
        if signal_id in without:
            continue
        one = fresh[account_id]
        one.signals += 1
        one.state.record(
            Sighting(at.timestamp(), signal_id, source_id, type_id, contact_id, topic, points), catalogue
        )
    return fresh


def _carried_over(state: RollingState) -> RollingState:
    """A state without signals that knows what the old one knew besides them."""
    fresh = RollingState()
    for at, note in ((state.known_since, fresh.know_since), (state.last_touch_at, fresh.touch)):
        if at is not None:
            note(at)
    return fresh
