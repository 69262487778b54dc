"""How a turn of a delivery ends: another turn, sent, cancelled or given up; and an endpoint that is switched off.

The delivery and its endpoint are locked by the caller.
"""

from __future__ import annotations

from datetime import datetime

from abmops.work import services as work
from abmops.work.domain.reasons import redacted
from plays.domain import outgoing
from plays.models import Delivery, Endpoint
from plays.services.notice.telling import tell
from plays.services.outbox import delivered
from plays.services.outbox.publishing import item_of


def again(delivery: Delivery, *, at: datetime | None, why: str, slot: bool = False) -> None:
    """Another turn, later; `at` None: whenever somebody puts it up again. `slot`: its place in the pace is kept."""
    delivery.turn += 1
    delivery.next_at, delivery.waits_for = at or delivery.next_at, why[:200]
    delivery.save(update_fields=["turn", "next_at", "waits_for"])
    if at is None:
        return
    put = item_of(delivery)
    if slot:
        put.payload["slot"] = True
    work.put_many([put])


def end(delivery: Delivery, state: str, said: str, *, now: datetime) -> None:
    """It is over, in one of the states that have no further turn; `said`, less what is secret, is what came of it."""
    delivery.state, delivery.ended_at = state, now
    delivery.answer, delivery.waits_for = redacted(said)[:500], ""
    delivery.save(update_fields=["state", "ended_at", "answer", "waits_for"])


def give_up(delivery: Delivery, endpoint: Endpoint, reason: str, *, now: datetime) -> None:
    """Dead: on the page of what was given up, its owner told once a day, and its step becomes a person's.

    Whoever is told at this moment that the surface is switched off is not told of the message besides.
    """
    end(delivery, Delivery.State.DEAD, reason, now=now)
    delivered.not_sent(delivery, reason, now=now)
    is_news = delivery.type not in (outgoing.NOTICE, outgoing.DIGEST) and endpoint.disabled_at != now
    if endpoint.owner_id is not None and is_news:
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
