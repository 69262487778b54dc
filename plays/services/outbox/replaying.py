"""What a person does with deliveries: sends what was given up again, lays it aside, or takes back what waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from abmops.lib.errors import Conflict
from abmops.work import services as work
from accounts.models import User
from plays.models import Delivery
from plays.services.outbox.publishing import cancel_deliveries, item_of

MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many go out again, and how many stay given up because their surface is switched off."""

    sent: int
    off: int = 0


@transaction.atomic
def replay(*, ids: Collection[UUID], now: datetime) -> Replayed:
    """Send given-up deliveries again, with three days of their own and the same id.

    A receiver that had one of them already knows it by its id. A step that a person has taken over since is not sent.
    What belongs to a surface that is switched off stays as it is: nobody would hear of it.
    """
    asked = Delivery.objects.dead().filter(pk__in=list(ids)[:MOST]).order_by("pk")
    dead = list(asked.select_related("endpoint").select_for_update(of=("self",)))
    going = [one for one in dead if one.endpoint.is_active]
    Delivery.objects.filter(pk__in=[one.pk for one in going]).update(
        state=Delivery.State.WAITING,
        ended_at=None,
        turn=F("turn") + 1,
        permanent=False,
        next_at=now,
        put_at=now,
        waits_for="Sent again by hand.",
    )
    for one in going:
        one.turn, one.next_at = one.turn + 1, now
    work.put_many(item_of(one) for one in going)
    return Replayed(len(going), len(dead) - len(going))


@transaction.atomic
def dismiss(*, ids: Collection[UUID], by: User, now: datetime) -> int:
    """Lay given-up deliveries aside: nobody needs them any more. How many; `bring_back` undoes it."""
    return (
        Delivery.objects.dead()
        .filter(pk__in=list(ids)[:MOST])
        .update(state=Delivery.State.DISMISSED, dismissed_at=now, dismissed_by=by)
    )


@transaction.atomic
def bring_back(*, by: User, at: datetime) -> int:
    """Undo one act of dismissing, known by who did it and when; how many stand given up again."""
    laid = Delivery.objects.filter(state=Delivery.State.DISMISSED, dismissed_by=by, dismissed_at=at)
    return laid.update(state=Delivery.State.DEAD, dismissed_at=None, dismissed_by=None)


@transaction.atomic
def take_back(*, delivery: Delivery, by: str, now: datetime) -> None:
    """Cancel a delivery that waits. Conflict where it has ended meanwhile."""
    fresh = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if not cancel_deliveries([fresh], reason=f"Taken back by {by}.", now=now):
        raise Conflict(f"This message is {fresh.get_state_display().lower()} already.")
