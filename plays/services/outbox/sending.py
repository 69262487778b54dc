"""Sending a delivery: taken under lock, sent outside of any transaction, its end written under lock.

    take (lock endpoint, delivery; may it go?) ─commit─▶ surface.send ─▶ settle (fenced) ─commit─▶ sent | waiting | dead

A worker killed between the two leaves an attempt without an end; the item comes back and the message goes again, under
the same id. So it is sent at least once, and at most once more per kill.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from abmops.lib.errors import Refused
from abmops.work import crash
from abmops.work import services as work
from abmops.work.domain.reasons import redacted
from abmops.work.models import WorkItem
from plays import surfaces
from plays.domain import outgoing, retrying
from plays.domain.retrying import Failure
from plays.models import Delivery, DeliveryAttempt, Endpoint
from plays.selectors.facts import lock_accounts
from plays.selectors.pauses import resting
from plays.services.notice.telling import tell
from plays.services.outbox import addressing, delivered, sealing
from plays.services.outbox.publishing import item_of
from plays.surfaces import Address, Answer, Message, SurfaceError

log = logging.getLogger(__name__)

AT_ONCE: Final = 2
"""So many messages go to one endpoint at the same time, so that a slow one cannot hold every worker."""
STUCK_AFTER: Final = timedelta(seconds=60)
"""An attempt without an end that is older than this was cut off."""
LOOK_AGAIN: Final = timedelta(seconds=1)
REST: Final = timedelta(minutes=15)
LATE: Final = timedelta(hours=1)
"""How late a last attempt may still be made, by a worker that is behind."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that may go now: what is said, where, and the number of this attempt."""

    delivery_id: UUID
    endpoint_id: int
    surface: str
    message: Message
    address: Address
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt."""

    answer: Answer | None
    error: SurfaceError | None
    took: timedelta


def send_due(*, item: WorkItem, now: datetime) -> None:
    """Take up one delivery at its turn. An item of an earlier turn, or of a delivery that has ended, does nothing."""
    taken = _take(item, now=now)
    if taken is None:
        return
    crash.point("deliver.before_send")
    outcome = _send(taken, now=now)
    crash.point("deliver.after_send")
    _settle(item, taken, outcome, now=now + outcome.took)


# --- Taking --------------------------------------------------------------------------------------------------------


@transaction.atomic
def _take(item: WorkItem, *, now: datetime) -> Taken | None:
    work.hold_one(item)
    turn = int(item.payload["turn"])
    found = _locked(UUID(item.payload["delivery"]))
    if found is None:
        return None
    delivery, endpoint = found
    if delivery.state != Delivery.State.WAITING or delivery.turn != turn:
        return None
    if reason := delivered.unwanted(delivery):
        _end(delivery, Delivery.State.CANCELLED, reason, now=now)
        delivered.not_sent(delivery, reason, now=now)
        return None
    if now > delivery.put_at + retrying.LAST_AFTER + LATE and delivery.attempts:
        _give_up(delivery, endpoint, "It could not be delivered within three days.", now=now)
        return None
    if not endpoint.is_active:
        # No item: switching the surface on puts up what waits for it.
        _again(delivery, at=None, why="The surface is switched off.")
        return None
    until, why = _held_until(endpoint, delivery, has_slot=bool(item.payload.get("slot")), now=now)
    if until is not None:
        _again(delivery, at=until, why=why, slot=why == PACED)
        return None
    surface = surfaces.named(endpoint.surface)
    try:
        address = _address(endpoint, delivery, now=now)
    except Refused as error:
        _give_up(delivery, endpoint, error.message, now=now)
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


PACED: Final = "Its turn comes by the endpoint's pace."


def _locked(pk: UUID) -> tuple[Delivery, Endpoint] | None:
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


# --- Sending -------------------------------------------------------------------------------------------------------


def _send(taken: Taken, *, now: datetime) -> Outcome:
    started = time.monotonic()
    answer: Answer | None = None
    error: SurfaceError | None = None
    try:
        answer = surfaces.named(taken.surface).send(taken.message, taken.address, now=now)
    except SurfaceError as failure:
        error = failure
    except Exception as failure:  # noqa: BLE001  (whatever a surface raises, the delivery has an outcome)
        # Its words may hold a secret; the kind of it is enough for the record.
        log.warning("The surface %s failed by %s.", taken.surface, type(failure).__name__)
        error = SurfaceError(f"An unexpected fault ({type(failure).__name__}).")
    return Outcome(answer, error, timedelta(seconds=time.monotonic() - started))


# --- Settling ------------------------------------------------------------------------------------------------------


@transaction.atomic
def _settle(item: WorkItem, taken: Taken, outcome: Outcome, *, now: datetime) -> None:
    work.hold_one(item)
    found = _locked(taken.delivery_id)
    if found is None:
        return
    delivery, endpoint = found
    said = outcome.error.message if outcome.error else (outcome.answer.text if outcome.answer else "")
    status = outcome.error.status if outcome.error else (outcome.answer.status if outcome.answer else None)
    DeliveryAttempt.objects.filter(delivery=delivery, n=taken.attempt).update(
        ended_at=now,
        status=status,
        error=redacted(said)[:500] if outcome.error else "",
        latency_ms=round(outcome.took.total_seconds() * 1000),
    )
    if outcome.error is None:
        _succeeded(delivery, endpoint, said, now=now)
    else:
        _failed(delivery, endpoint, outcome.error, now=now)
    crash.point("deliver.before_settle")


def _succeeded(delivery: Delivery, endpoint: Endpoint, said: str, *, now: datetime) -> None:
    breaker = endpoint.breaker.succeeded()
    endpoint.failures, endpoint.open_until = breaker.failures, breaker.open_until
    endpoint.save(update_fields=["failures", "open_until"])
    # What was cancelled while it was on its way has arrived all the same, and the record says so.
    _end(delivery, Delivery.State.SENT, said, now=now)
    delivered.sent(delivery, now=now)


def _failed(delivery: Delivery, endpoint: Endpoint, error: SurfaceError, *, now: datetime) -> None:
    breaker = endpoint.breaker.failed(now)
    endpoint.failures, endpoint.open_until = breaker.failures, breaker.open_until
    if error.slow or error.retry_after is not None:
        pause = error.retry_after or retrying.spread(retrying.SLOWED, draw=random.random())  # noqa: S311
        endpoint.free_at = max(endpoint.free_at or now, now + pause)
    endpoint.save(update_fields=["failures", "open_until", "free_at"])
    if error.gone and endpoint.is_active:
        switch_off(endpoint, reason=error.message, now=now)
    if delivery.state != Delivery.State.WAITING:
        return
    at = (
        None
        if error.gone
        else retrying.next_attempt(
            Failure(permanent=error.permanent, retry_after=error.retry_after),
            attempts=delivery.tries.filter(started_at__gte=delivery.put_at).count(),
            permanent_before=delivery.permanent,
            put_at=delivery.put_at,
            now=now,
            draw=random.random(),  # noqa: S311
        )
    )
    delivery.permanent = error.permanent
    delivery.answer = redacted(error.message)[:500]
    delivery.save(update_fields=["permanent", "answer"])
    if at is None:
        _give_up(delivery, endpoint, error.message, now=now)
    else:
        _again(delivery, at=at, why="It failed, and is tried again.")


def _again(delivery: Delivery, *, at: datetime | None, why: str, slot: bool = False) -> None:
    """Another turn, later; `at` None: whenever somebody puts it up again."""
    delivery.turn += 1
    delivery.next_at, delivery.waits_for = at or delivery.next_at, why[:200]
    delivery.save(update_fields=["turn", "next_at", "waits_for"])
    if at is None:
        return
    put = item_of(delivery)
    if slot:
        put.payload["slot"] = True
    work.put_many([put])


def _end(delivery: Delivery, state: str, said: str, *, now: datetime) -> None:
    delivery.state, delivery.ended_at = state, now
    delivery.answer, delivery.waits_for = redacted(said)[:500], ""
    delivery.save(update_fields=["state", "ended_at", "answer", "waits_for"])


def _give_up(delivery: Delivery, endpoint: Endpoint, reason: str, *, now: datetime) -> None:
    """Dead: on the page of what was given up, its owner told once a day, and its step becomes a person's."""
    _end(delivery, Delivery.State.DEAD, reason, now=now)
    delivered.not_sent(delivery, reason, now=now)
    if endpoint.owner_id is not None and delivery.type not in (outgoing.NOTICE, outgoing.DIGEST):
        tell(
            user_ids=[endpoint.owner_id],
            kind="delivery_dead",
            subject=f"delivery_dead:{endpoint.pk}:{now:%Y-%m-%d}",
            text=f"Messages to {endpoint.name} were given up. {redacted(reason)[:200]}",
            url=f"/settings/deliveries/?state=dead&surface={endpoint.pk}",
            now=now,
        )


def switch_off(endpoint: Endpoint, *, reason: str, now: datetime, quiet: bool = False) -> None:
    """No more messages to a locked endpoint; what waits for it stays until it is switched on. Its owner is told."""
    endpoint.disabled_at, endpoint.disabled_reason = now, redacted(reason)[:300] or "Switched off."
    endpoint.updated_at = now
    endpoint.save(update_fields=["disabled_at", "disabled_reason", "updated_at"])
    if endpoint.owner_id is not None and not quiet:
        tell(
            user_ids=[endpoint.owner_id],
            kind="surface_disabled",
            subject=f"surface_disabled:{endpoint.pk}:{now:%Y%m%dT%H%M%S}",
            text=f"{endpoint.name} is switched off. {endpoint.disabled_reason}"[:400],
            url=f"/settings/surfaces/{endpoint.pk}/",
            now=now,
        )
