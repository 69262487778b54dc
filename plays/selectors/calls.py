"""The calls of a queue, one after the other: those that may be made now, and those whose people sleep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from abmops.lib.choices import Channel
from accounts.models import Contact, User
from plays.domain.quiet import allowed_at
from plays.domain.zones import zones_of
from plays.models import Task
from plays.selectors.facts import policy
from plays.selectors.today import in_order


@dataclass(frozen=True, slots=True)
class Later:
    """A call that must wait until it is day where it goes."""

    task: Task
    at: datetime


@dataclass(frozen=True, slots=True)
class Calls:
    """Task ids in the queue's order, and the rest with why they are not among them."""

    now: tuple[int, ...]
    later: tuple[Later, ...]
    held: int
    without_number: int


def calls_of(person: User, *, now: datetime) -> Calls:
    """The person's open calls. A call goes to somebody with a number who may be called, by day where the account is.

    An account without a known country is called in the caller's own hours. Four queries.
    """
    tasks = list(
        in_order(Task.objects.filter(owner=person, channel=Channel.CALL).awake(now))
        .select_related("account", "contact", "claimed_by")
        .only(
            "title", "state", "due_at", "claimed_by", "claimed_until", "account__name", "account__country",
            "account__is_target", "contact__name", "contact__phone", "urgency", "claimed_by__name",
        )
    )  # fmt: skip
    numbers = _with_number([task.contact_id for task in tasks if task.contact_id is not None])
    rules = policy()
    ready: list[int] = []
    later: list[Later] = []
    held = without = 0
    for task in tasks:
        holder = task.holder(now)
        if task.contact_id not in numbers:
            without += 1
        elif holder is not None and holder.pk != person.pk:
            held += 1
        else:
            zones = [ZoneInfo(name) for name in zones_of(task.account.country)]
            at = allowed_at(now, zones, opens=rules.day_opens, closes=rules.day_closes) if zones else now
            if at > now:
                later.append(Later(task, at))
            else:
                ready.append(task.pk)
    return Calls(tuple(ready), tuple(sorted(later, key=lambda one: one.at)), held, without)


def _with_number(contacts: Sequence[int]) -> set[int]:
    rows = Contact.objects.contactable(Channel.CALL).filter(pk__in=contacts).exclude(phone="")
    return set(rows.values_list("pk", flat=True))
