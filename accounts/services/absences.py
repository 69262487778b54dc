"""When people are away, and who stands in."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from accounts.domain.absences import circle
from accounts.models import Absence, User

LONGEST = timedelta(days=732)


@transaction.atomic
def save_absence(
    *,
    user: User,
    starts_on: date,
    ends_on: date,
    stand_in: User | None,
    by: User,
    note: str = "",
    absence: Absence | None = None,
) -> Absence:
    """Write down when somebody is away: their own by anybody, everybody's by RevOps.

    Refused where it overlaps another absence of theirs, where the stand-in takes no tasks, and where stand-ins would go
    round in a circle. Other days or another stand-in ask for the work to be handed on anew.
    """
    _must_be_theirs(user, by)
    must_make_sense(user=user, starts_on=starts_on, ends_on=ends_on, stand_in=stand_in, absence=absence)
    row = absence or Absence(user=user)
    if (row.starts_on, row.ends_on, row.stand_in_id) != (
        starts_on,
        ends_on,
        stand_in.pk if stand_in else None,
    ):
        row.handed_at = None
    row.starts_on, row.ends_on, row.stand_in, row.note = starts_on, ends_on, stand_in, note.strip()
    row.save()
    return row


def must_make_sense(
    *, user: User, starts_on: date, ends_on: date, stand_in: User | None, absence: Absence | None
) -> None:
    """Refuse days the wrong way round or twice, and stand-ins who take no tasks or go round in a circle.

    In a transaction: one writer at a time until it ends.
    """
    if ends_on < starts_on:
        raise FieldErrors.one("/ends_on", "The last day is before the first one.")
    if ends_on - starts_on > LONGEST:
        raise FieldErrors.one(
            "/ends_on", "Two years is the longest. Is the person leaving? Then hand everything over."
        )
    # One writer at a time: a circle of stand-ins spans rows that neither of two writers would touch.
    list(User.objects.select_for_update(no_key=True).filter(is_active=True).order_by("pk").values_list("pk"))
    meanwhile = Absence.objects.filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    if absence is not None:
        meanwhile = meanwhile.exclude(pk=absence.pk)
    if other := meanwhile.filter(user=user).first():
        raise Refused(
            f"{user} is already away from {other.starts_on:%-d %B} to {other.ends_on:%-d %B %Y}. Change that."
        )
    if stand_in is not None:
        _must_stand_in(user, stand_in)
        stand_ins = dict(meanwhile.exclude(user=user).values_list("user", "stand_in"))
        if found := circle(user.pk, stand_in.pk, stand_ins):
            names = {one.pk: str(one) for one in User.objects.filter(pk__in=found)}
            chain = " for ".join(names[pk] for pk in reversed(found[1:]))
            raise Refused(
                f"{chain} stands in for {user} already on some of these days, so nobody would be there. "
                "Choose somebody else."
                if len(found) > 2
                else f"{user} stands in for {stand_in} on some of these days. Choose somebody else."
            )


@transaction.atomic
def remove_absence(*, absence: Absence, by: User) -> None:
    """Take an absence back. Work that was handed on meanwhile stays with who took it."""
    _must_be_theirs(absence.user, by)
    absence.delete()


def _must_be_theirs(user: User, by: User) -> None:
    if user.pk != by.pk and not by.has_role(Role.REVOPS):
        raise Refused("You can write down your own absences. RevOps write down those of others.")


def _must_stand_in(user: User, stand_in: User) -> None:
    if stand_in.pk == user.pk:
        raise FieldErrors.one("/stand_in", "Nobody stands in for themselves. Choose somebody else.")
    if stand_in.why_no_work:
        raise FieldErrors.one("/stand_in", f"{stand_in} cannot be given tasks: {stand_in.why_no_work}")
