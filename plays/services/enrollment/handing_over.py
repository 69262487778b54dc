"""Handing a running play over to another person: what is owed in it now, and every step still to come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib.errors import FieldErrors, Refused
from abmops.work import crash
from accounts.models import User
from plays.domain import enrollment as life
from plays.models import Enrollment, Task
from plays.selectors.facts import lock_accounts
from plays.selectors.staff import staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.enrollment.pausing import settle_clocks
from plays.services.staff.passing import Passing, pass_on
from plays.services.task.claiming import must_be_free


@transaction.atomic
def hand_over(*, enrollment: Enrollment, to: User, by: User, reason: str = "", now: datetime) -> Enrollment:
    """From now on all of this play on this account is `to`'s; due times stay, so that nothing is won by it.

    While they are away or paused, steps that open go where the routing says.
    """
    if to.why_no_work:
        raise FieldErrors.one("/to", f"{to} cannot be given tasks: {to.why_no_work}")
    lock_accounts([enrollment.account_id])
    fresh = Enrollment.objects.select_related("play", "account").get(pk=enrollment.pk)
    life.after(fresh.state, "hand_over")
    if fresh.handed_to_id == to.pk:
        raise Refused(f"{to} has this play on {fresh.account} already.")
    Enrollment.objects.filter(pk=fresh.pk).update(handed_to=to)
    fresh.handed_to = to
    move_all([Move(fresh, "hand_over", f"To {to}. {reason.strip()}".strip(), by)], now=now)
    owed = list(
        Task.objects.unfinished()
        .filter(enrollment=fresh)
        .prefetch_related("claimed_by")  # without a join, which would lose a claim that we waited for
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    for task in owed:
        must_be_free(task, by=by, now=now)
    said = f"{to}: the whole play was handed over by {by}."
    told = f"{by} handed {fresh.play} on {fresh.account} over to you." if to.pk != by.pk else ""
    pass_on([Passing(task, to.pk, said) for task in owed], people=staff(now=now), by=by, now=now, told=told)
    settle_clocks(enrollment_id=fresh.pk, by=by, now=now)
    crash.point("hand_over.before_commit")
    return fresh
