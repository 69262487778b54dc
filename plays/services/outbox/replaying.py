"""What a person does with deliveries: sends what was given up again, or takes back what waits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from abmops.lib.errors import Conflict
from abmops.work import services as work
from plays.models import Delivery
from plays.services.outbox.publishing import cancel_deliveries, item_of

MOST: int = 10_000


@transaction.atomic
def replay(*, ids: Collection[UUID], now: datetime) -> int:
    """Send given-up deliveries again, with three days of their own and the same id; how many.

    A receiver that had one of them already knows it by its id. A step that a person has taken over since is not sent.
    """
    dead = list(
        Delivery.objects.dead().filter(pk__in=list(ids)[:MOST]).select_for_update(of=("self",)).order_by("pk")
    )
    Delivery.objects.filter(pk__in=[one.pk for one in dead]).update(
        state=Delivery.State.WAITING,
        ended_at=None,
        turn=F("turn") + 1,
        permanent=False,
        next_at=now,
        put_at=now,
        waits_for="Sent again by hand.",
    )
    for one in dead:
        one.turn, one.next_at = one.turn + 1, now
    work.put_many(item_of(one) for one in dead)
    return len(dead)


@transaction.atomic
def take_back(*, delivery: Delivery, by: str, now: datetime) -> None:
    """Cancel a delivery that waits. Conflict where it has ended meanwhile."""
    fresh = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if not cancel_deliveries([fresh], reason=f"Taken back by {by}.", now=now):
        raise Conflict(f"This message is {fresh.get_state_display().lower()} already.")
