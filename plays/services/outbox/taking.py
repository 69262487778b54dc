"""Taking a delivery up at its turn, under lock: may it go now, and what is said to whom."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from abmops.lib.errors import Refused
from abmops.work import crash
from abmops.work import services as work
from abmops.work.models import WorkItem
from plays import surfaces
from plays.domain import retrying
from plays.models import Delivery, DeliveryAttempt, Endpoint
from plays.selectors.facts import lock_accounts
from plays.selectors.pauses import resting
from plays.services.outbox import addressing, delivered, sealing
from plays.services.outbox.ending import again, end, give_up
from plays.surfaces import Address, Message

AT_ONCE: Final = 2
"""So many messages go to one endpoint at the same time, so that a slow one cannot hold every worker."""
STUCK_AFTER: Final = timedelta(seconds=60)
"""An attempt without an end that is older than this was cut off."""
LOOK_AGAIN: Final = timedelta(seconds=1)
REST: Final = timedelta(minutes=15)
LATE: Final = timedelta(hours=1)
"""How late a last attempt may still be made, by a worker that is behind."""
PACED: Final = "It waits for its turn at this surface."


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that may go now: what is said, where, and the number of this attempt."""

    delivery_id: UUID
    endpoint_id: int
    surface: str
    message: Message
    address: Address
    attempt: int


@transaction.atomic
def take(item: WorkItem, *, now: datetime) -> Taken | None:
    """What may be sent now, with its attempt written down; None where it may not, and then its next turn is."""
    work.hold_one(item)
    turn = int(item.payload["turn"])
    found = locked(UUID(item.payload["delivery"]))
    if found is None:
        return None
    delivery, endpoint = found
    if delivery.state != Delivery.State.WAITING or delivery.turn != turn:
        return None
    if reason := delivered.unwanted(delivery):
        end(delivery, Delivery.State.CANCELLED, reason, now=now)
        delivered.not_sent(delivery, reason, now=now)
        return None
    if now > delivery.put_at + retrying.LAST_AFTER + LATE and delivery.attempts:
        give_up(delivery, endpoint, "It could not be delivered within three days.", now=now)
        return None
    if not endpoint.is_active:
        # No item: switching the surface on puts up what waits for it.
        again(delivery, at=None, why="The surface is switched off.")
        return None
    until, why = _held_until(endpoint, delivery, has_slot=bool(item.payload.get("slot")), now=now)
    if until is not None:
        again(delivery, at=until, why=why, slot=why == PACED)
        return None
    surface = surfaces.named(endpoint.surface)
    try:
        address = _address(endpoint, delivery, now=now)
    except Refused as error:
        give_up(delivery, endpoint, error.message, now=now)
        return None
    _go(endpoint, surface.pace, now=now)
    delivery.attempts += 1
    delivery.waits_for = ""
    delivery.save(update_fields=["attempts", "waits_for"])
    DeliveryAttempt.objects.create(delivery=delivery, n=delivery.attempts, started_at=now)
    crash.point("deliver.before_take")
    return Taken(
        delivery_id=delivery.pk,
        endpoint_id=endpoint.pk,
        surface=endpoint.surface,
        message=addressing.message_of(delivery),
        address=address,
        attempt=delivery.attempts,
    )


def locked(pk: UUID) -> tuple[Delivery, Endpoint] | None:
    """The delivery and its endpoint, locked; a step's account first, since whatever changes plays begins there."""
    known = Delivery.objects.filter(pk=pk).only("endpoint_id", "account_id", "step_run_id").first()
    if known is None:
        return None
    if known.step_run_id is not None and known.account_id is not None:
        lock_accounts([known.account_id])
    endpoint = (
        Endpoint.objects.select_for_update(no_key=True, of=("self",))
        .select_related("owner")
        .get(pk=known.endpoint_id)
    )
    delivery = (
        Delivery.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user", "account", "contact", "endpoint", "step_run__enrollment__version")
        .get(pk=pk)
    )
    return delivery, endpoint


def _held_until(
    endpoint: Endpoint, delivery: Delivery, *, has_slot: bool, now: datetime
) -> tuple[datetime | None, str]:
    """Until when the delivery has to wait and why; it spends no attempt by it."""
    if delivery.step_run is not None and delivery.account_id is not None:
        rest = resting([delivery.account_id]).of(delivery.step_run.enrollment)
        if rest is not None:
            return now + REST, "The play, the account or the person rests."
    waits = endpoint.breaker.waits_until(now)
    if waits is not None:
        return waits + timedelta(seconds=random.uniform(0, 5)), (  # noqa: S311
            f"The surface failed {endpoint.failures} times in a row; one message tries every five minutes."
        )
    if endpoint.free_at is not None and endpoint.free_at > now and not has_slot:
        slot = endpoint.free_at
        endpoint.free_at = slot + max(surfaces.named(endpoint.surface).pace, timedelta(milliseconds=100))
        endpoint.save(update_fields=["free_at"])
        return slot, PACED
    running = DeliveryAttempt.objects.filter(
        ended_at__isnull=True, started_at__gt=now - STUCK_AFTER, delivery__endpoint=endpoint
    ).exclude(delivery=delivery)
    if running.count() >= AT_ONCE:
        return now + LOOK_AGAIN, "Two messages are on their way to this surface already."
    return None, ""


def _go(endpoint: Endpoint, pace: timedelta, *, now: datetime) -> None:
    """The endpoint's pace and, where its breaker is open, the next probe."""
    breaker = endpoint.breaker.probing(now)
    endpoint.open_until = breaker.open_until
    if pace and (endpoint.free_at is None or endpoint.free_at < now + pace):
        endpoint.free_at = now + pace
    endpoint.save(update_fields=["open_until", "free_at"])


def _address(endpoint: Endpoint, delivery: Delivery, *, now: datetime) -> Address:
    """Where it goes, the secrets opened. Recipients are looked up now: a changed address counts."""
    signing = (
        sealing.signing_secrets(endpoint, now=now) if endpoint.surface == Endpoint.Surface.WEBHOOK else ()
    )
    return Address(
        target=endpoint.target,
        secret=sealing.unseal(endpoint.secret),
        signing=signing,
        to=addressing.recipient_of(delivery, endpoint),
    )
