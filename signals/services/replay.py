"""Rolling states made anew from the stored signals."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from signals.domain.catalogue import Catalogue
from signals.domain.state import RollingState, Sighting
from signals.models import Signal


def histories(account_ids: Collection[int]) -> dict[int, list[Sighting]]:
    """Every stored signal of these accounts as the state sees it: one query, read in pieces."""
    found: dict[int, list[Sighting]] = {account_id: [] for account_id in account_ids}
    rows = Signal.objects.filter(account_id__in=account_ids).order_by()
    columns = rows.values_list(
        "account_id", "occurred_at", "id", "source_id", "type_id", "contact_id", "topic", "points"
    )
    for account_id, at, pk, source_id, type_id, contact_id, topic, points in columns.iterator(
        chunk_size=10_000
    ):
        sighting = Sighting(at.timestamp(), str(pk), source_id, type_id, contact_id, topic, points)
        found[account_id].append(sighting)
    return found


def renewed(state: RollingState, sightings: Iterable[Sighting], catalogue: Catalogue) -> RollingState:
    """A state of the same account from its signals; what it knows besides signals is carried over."""
    fresh = RollingState.replay(sightings, catalogue)
    for at, note in ((state.known_since, fresh.know_since), (state.last_touch_at, fresh.touch)):
        if at is not None:
            note(at)
    return fresh
