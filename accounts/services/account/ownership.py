"""Whose account it is."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from abmops.lib.errors import NotKnown, Refused
from accounts.models import Account, User


@transaction.atomic
def assign_owner(*, accounts: Iterable[int], owner: User | None, by: User) -> int:
    """Give accounts a named owner, or none; returns how many changed hands.

    All of them or nothing: an account that is not known or that `by` may not edit stops the whole call.
    """
    if owner is not None and not owner.is_active:
        raise Refused(f"{owner.name} is no longer active. Choose somebody else.")
    wanted = set(accounts)
    rows = Account.objects.filter(id__in=wanted).order_by("id").select_for_update()
    known = {account.pk for account in rows}
    if missing := wanted - known:
        raise NotKnown(f"There is no account {min(missing)}.")
    editable = set(Account.objects.editable_by(by).filter(id__in=wanted).values_list("id", flat=True))
    if closed := known - editable:
        names = ", ".join(account.name for account in rows if account.pk in closed)
        raise Refused(f"You may not change the owner of {names}. Ask the owner or RevOps.")
    changed = [account for account in rows if account.owner_id != (owner.pk if owner else None)]
    for account in changed:
        account.owner = owner
    Account.objects.bulk_update(changed, ["owner", "updated_at"], batch_size=1_000)
    return len(changed)
