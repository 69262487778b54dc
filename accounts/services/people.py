"""What is written down about people who use the program: their seat, their week, and that they have left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time

from django.db import transaction

from abmops.lib import owning
from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from accounts.models import Territory, User


@transaction.atomic
def set_week(
    *, person: User, by: User, time_zone: str, opens: time, closes: time, weekdays: Collection[int]
) -> User:
    """When somebody works, on their own wall. Anybody sets their own, RevOps everybody's; due times that stand stay."""
    if person.pk != by.pk and not by.has_role(Role.REVOPS):
        raise Refused("You can change your own working hours. RevOps change those of others.")
    if closes <= opens:
        raise FieldErrors.one("/closes", "The working day ends before it begins.")
    if not weekdays:
        raise FieldErrors.one("/weekdays", "Choose at least one working day.")
    person.time_zone, person.opens, person.closes = time_zone, opens, closes
    person.weekdays = sorted(set(weekdays))
    person.save()
    return person


@transaction.atomic
def set_seat(*, person: User, by: User, job: str, territory: Territory | None, capacity: int | None) -> User:
    """Where somebody sits, and how many open tasks they may hold; what they owe already stays theirs."""
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps change seats, territories and capacities.")
    if job and person.role != Role.REP:
        raise FieldErrors.one("/job", "Only sales and customer success have a seat.")
    person.job, person.territory, person.capacity = job, territory, capacity
    person.save()
    return person


@transaction.atomic
def deactivate(*, person: User, now: datetime) -> User:
    """Somebody has left and can no longer sign in. Refused while anything would be left without its owner."""
    fresh = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if sentence := still_owns(fresh, now=now):
        raise Refused(sentence, code="still_owns")
    fresh.is_active = False
    fresh.save()
    return fresh


def still_owns(person: User, *, now: datetime) -> str:
    """Why somebody may not be made inactive yet, as a sentence; empty where nothing is left."""
    owned = owning.owned_by(person.pk, now=now)
    if not owned:
        return ""
    parts = [f"{n:,} {what.removesuffix('s') if n == 1 else what}" for what, n in owned.items()]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return (
        f"{person} still has {listed}. Hand them over first under Settings, People & routing, {person}, Leaving: "
        f"/settings/people/{person.pk}/leaving/"
    )
