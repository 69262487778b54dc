"""Holding accounts back from the list by hand, until a day or until somebody lifts it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, NotKnown, Refused
from accounts.models import Account, Quarantine, User
from accounts.services import storing
from accounts.services.target_list.rules import take_the_list


@transaction.atomic
def hold_back(
    *, accounts: Collection[int], until: datetime | None, reason: str, by: User, now: datetime
) -> list[Quarantine]:
    """Keep accounts from joining from now until a moment, or until somebody lifts it. All of them or none.

    What is on the list stays on it: a hold speaks of joining. Marketers and reps hold accounts that they may change.
    """
    if not reason.strip():
        raise Refused("Say why: whoever wants the account on the list reads it.")
    if until is not None and until <= now:
        raise Refused("The day when the hold ends has passed already. Choose a later one.")
    take_the_list()
    wanted = set(accounts)
    mine = Account.objects.editable_by(by).filter(pk__in=wanted).order_by("pk")
    known = set(mine.select_for_update(no_key=True).values_list("pk", flat=True))
    if missing := wanted - known:
        raise NotKnown(f"There is no account {min(missing)} that you may change.")
    rows = [
        Quarantine(account_id=pk, starts_at=now, until=until, reason=reason.strip(), by=by)
        for pk in sorted(wanted)
    ]
    return storing.insert(rows, now=now)


@transaction.atomic
def lift(*, hold: Quarantine, by: User, now: datetime) -> Quarantine:
    """End a hold before its day: whoever made it, or RevOps."""
    row = Quarantine.objects.select_for_update().filter(pk=hold.pk).first()
    if row is None:
        raise NotKnown("This hold went with its account.")
    if row.by_id != by.pk and not by.has_role(Role.REVOPS):
        raise Refused("Only the person who holds it back, or RevOps, may lift this.")
    if row.lifted_at is not None or (row.until is not None and row.until <= now):
        raise Conflict("This hold is over already.")
    row.lifted_at, row.lifted_by = now, by
    storing.update([row], ["lifted_at", "lifted_by"], now=now)
    return row
