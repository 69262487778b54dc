"""What a merge would do, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from abmops.lib import merging
from abmops.lib.merging import Pair
from accounts.models import Account
from accounts.services.merging import fields


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do."""

    winner: Account
    loser: Account
    fields: list[fields.Choice]
    counts: list[tuple[str, int, str]]
    conflicts: list[str]
    # Why a written reason is needed; "" where it is not.
    asks_reason: str


def preview(*, winner: Account, loser: Account, now: datetime) -> Preview:
    """Everything that would move, each field's choice, and what cannot simply come over, in words."""
    pair = pair_of(winner, loser, now)
    counts = []
    conflicts = []
    if winner.owner_id != loser.owner_id and winner.owner_id and loser.owner_id:
        conflicts.append(
            f"{winner.name} is {winner.owner}'s and {loser.name} is {loser.owner}'s: choose who keeps the account."
        )
    for part in merging.parts():
        if count := part.count(loser.pk):
            counts.append((part.name, count, part.one if count == 1 else part.many))
        conflicts += part.conflicts(pair)
    return Preview(
        winner, loser, fields.proposed(winner, loser), counts, conflicts, asks_reason(winner, loser)
    )


def asks_reason(winner: Account, loser: Account) -> str:
    """Names are not enough across countries: somebody has to say how they know."""
    if winner.country and loser.country and winner.country != loser.country:
        return (
            f"{winner.name} is in {winner.country} and {loser.name} in {loser.country}. Companies in two countries are "
            "never merged on their names alone: write down how you know that they are one."
        )
    return ""


def pair_of(winner: Account, loser: Account, now: datetime) -> Pair:
    """Both, as the parts of a merge know them."""
    return Pair(winner.pk, loser.pk, winner.name, loser.name, now)
