"""The outbox: what is to go out is a row in the transaction of what it tells about, and an item of the work list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from abmops.lib.ids import uuid7
from abmops.work import services as work
from plays.domain.outgoing import EVENTS
from plays.models import Delivery, Endpoint
from plays.models.endpoint import MAIL

KIND = "deliver"
KEPT = timedelta(days=90)
SLICE = 5_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `key` is unique among events of its type: the same key is told once."""

    key: str
    data: Mapping[str, Any] = field(repr=False)
    account_id: int | None = None


def publish(
    *,
    type: str,  # noqa: A002  (what the message itself calls it)
    data: Mapping[str, Any],
    key: str,
    now: datetime,
    account_id: int | None = None,
) -> None:
    """Tell every subscribed endpoint of one event, in the caller's transaction; see `publish_all`."""
    publish_all(type=type, events=[Event(key, data, account_id)], now=now)


def publish_all(*, type: str, events: Sequence[Event], now: datetime) -> None:  # noqa: A002
    """One delivery per event and subscribed endpoint, in the caller's transaction: what is rolled back is never sent.

    The same key makes the same delivery, however often it is published. Four statements, however many events; one where
    nobody listens.
    """
    if type not in EVENTS:
        raise ValueError(f"{type!r} is no event type; see plays.domain.outgoing.EVENTS.")
    if not events:
        return
    endpoints = list(Endpoint.objects.subscribed_to(type).order_by("pk"))
    put_deliveries(
        [
            Delivery(
                endpoint=endpoint,
                key=f"{endpoint.pk}:{type}:{event.key}"[:200],
                type=type,
                body={"data": dict(event.data)},
                account_id=event.account_id,
                next_at=now,
                put_at=now,
            )
            for event in events
            for endpoint in endpoints
        ],
        now=now,
    )


@transaction.atomic
def put_deliveries(deliveries: Sequence[Delivery], *, now: datetime) -> list[Delivery]:
    """Store deliveries and put each on the work list; those whose key is taken are left out. Gives those stored."""
    if not deliveries:
        return []
    for delivery in deliveries:
        delivery.pk = uuid7(now)
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=2_000)
    ids = [delivery.pk for delivery in deliveries]
    stored = set(Delivery.objects.filter(pk__in=ids).values_list("pk", flat=True))
    fresh = [delivery for delivery in deliveries if delivery.pk in stored]
    work.put_many(item_of(delivery) for delivery in fresh)
    return fresh


def item_of(delivery: Delivery) -> work.Put:
    """The work item of the delivery's present turn."""
    return work.Put(
        kind=KIND,
        dedup_key=f"deliver:{delivery.pk}:{delivery.turn}",
        run_at=delivery.next_at,
        payload={"delivery": str(delivery.pk), "turn": delivery.turn},
    )


@transaction.atomic
def cancel_deliveries(deliveries: Iterable[Delivery], *, reason: str, now: datetime) -> int:
    """Take waiting deliveries back; one that is being sent at this moment may still arrive."""
    found = list(deliveries)
    count = (
        Delivery.objects.waiting()
        .filter(pk__in=[one.pk for one in found])
        .update(state=Delivery.State.CANCELLED, ended_at=now, answer=reason[:500], waits_for="")
    )
    work.cancel_many(dedup_keys=[item_of(one).dedup_key or "" for one in found])
    return count


@transaction.atomic
def forget_old(*, now: datetime) -> int:
    """Take out what has long ended, a slice at a time; what was given up stays until a person deals with it."""
    old = Delivery.objects.filter(state__in=("sent", "cancelled", "dismissed"), put_at__lt=now - KEPT)
    ids = list(old.order_by("put_at").values_list("pk", flat=True)[:SLICE])
    Delivery.objects.filter(pk__in=ids).delete()
    return len(ids)


def mail_endpoint(*, now: datetime) -> Endpoint:
    """The endpoint that stands for the mail server: mail to people and contacts goes through it, and stops with it."""
    endpoint, _ = Endpoint.objects.get_or_create(
        slug=MAIL,
        defaults={
            "name": "Mail to people",
            "surface": Endpoint.Surface.EMAIL,
            "created_at": now,
            "updated_at": now,
        },
    )
    return endpoint
