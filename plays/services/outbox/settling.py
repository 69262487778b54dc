"""Writing down what came of an attempt, under lock: sent, tried again by the schedule, or given up."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from abmops.work import crash
from abmops.work import services as work
from abmops.work.domain.reasons import redacted
from abmops.work.models import WorkItem
from plays.domain import retrying
from plays.domain.retrying import Failure
from plays.models import Delivery, DeliveryAttempt, Endpoint
from plays.services.outbox import delivered
from plays.services.outbox.ending import again, end, give_up, switch_off
from plays.services.outbox.taking import Taken, locked
from plays.surfaces import Answer, SurfaceError


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt to send ended."""

    answer: Answer | None
    error: SurfaceError | None
    took: timedelta

    @property
    def said(self) -> str:
        """What came back, in a line."""
        if self.error is not None:
            return self.error.message
        return self.answer.text if self.answer is not None else ""

    @property
    def status(self) -> int | None:
        """The status where one came that is one: mail servers that break off say -1."""
        status = self.error.status if self.error else self.answer.status if self.answer else None
        return status if status is not None and 0 < status < 1_000 else None


@transaction.atomic
def settle(item: WorkItem, taken: Taken, outcome: Outcome, *, now: datetime) -> None:
    """Close the attempt and decide what follows. Fenced: a worker whose item went to another writes nothing."""
    work.hold_one(item)
    found = locked(taken.delivery_id)
    if found is None:
        return
    delivery, endpoint = found
    DeliveryAttempt.objects.filter(delivery=delivery, n=taken.attempt).update(
        ended_at=now,
        status=outcome.status,
        error=redacted(outcome.said)[:500] if outcome.error else "",
        latency_ms=round(outcome.took.total_seconds() * 1000),
    )
    if outcome.error is None:
        _succeeded(delivery, endpoint, outcome.said, now=now)
    else:
        _failed(delivery, endpoint, outcome.error, now=now)
    crash.point("deliver.before_settle")


def _succeeded(delivery: Delivery, endpoint: Endpoint, said: str, *, now: datetime) -> None:
    breaker = endpoint.breaker.succeeded()
    endpoint.failures, endpoint.open_until = breaker.failures, breaker.open_until
    endpoint.save(update_fields=["failures", "open_until"])
    # What was cancelled while it was on its way has arrived all the same, and the record says so.
    end(delivery, Delivery.State.SENT, said, now=now)
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
        give_up(delivery, endpoint, error.message, now=now)
    else:
        again(delivery, at=at, why="It failed, and is tried again.")
