"""Occasions that nothing answered yet because every play for them was only held: kept, and looked at again in time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from abmops.work import services as work
from plays.domain.decision import Decided
from plays.domain.guardrails import NOBODY
from plays.models import Decision, Waiting

RECENT = timedelta(days=14)
"""How long after it happened an occasion may still start a play."""
LOOK_AGAIN = timedelta(days=1)
"""How long it is left at most, since not everything that lifts a hold is an event."""


def wait(held: Iterable[tuple[Decision, Decided, datetime]], *, now: datetime) -> None:
    """Keep fresh decisions that chose nothing but held something: (decision, what was decided, when it happened)."""
    rows = []
    for decision, decided, happened in held:
        look = next_look(decided, happened=happened, now=now)
        if look is not None:
            rows.append(
                Waiting(
                    decision=decision,
                    account_id=decision.account_id,
                    look_at=look,
                    until=happened + RECENT,
                    for_people=for_people(decided),
                )
            )
    Waiting.objects.bulk_create(rows)
    work.put_many(look_at(row.account_id, row.look_at) for row in rows)


def next_look(decided: Decided, *, happened: datetime, now: datetime) -> datetime | None:
    """When to look again: as soon as a hold lifts by itself, at the latest in a day. None: there is nothing left to
    wait for.
    """
    held = [line for line in decided.lines if line.verdict == "held"]
    if decided.chosen is not None or not held:
        return None
    lifting = [line.until for line in held if line.until is not None and line.until > now]
    look = min([*lifting, now + LOOK_AGAIN])
    return look if look < happened + RECENT else None


def for_people(decided: Decided) -> bool:
    """Whether it would start if anybody worked here."""
    return any(line.rule == NOBODY.rule for line in decided.lines)


def wake(account_ids: Collection[int], *, now: datetime) -> None:
    """Something that held plays back on these accounts may have ended: look again at once."""
    if not account_ids:
        return
    waiting = Waiting.objects.filter(account__in=account_ids).values_list("account", flat=True).distinct()
    work.put_many(look_at(pk, now) for pk in waiting.order_by("account"))


def wake_all(*, now: datetime) -> None:
    """A whole play may start again: look at everything that waits."""
    waiting = Waiting.objects.values_list("account", flat=True).distinct()
    work.put_many(look_at(pk, now) for pk in waiting.order_by("account"))


def look_at(account_id: int, at: datetime) -> work.Put:
    """One look a time an account; an earlier one takes the place of a later."""
    return work.Put(kind="decide_again", subject_id=account_id, run_at=at)
