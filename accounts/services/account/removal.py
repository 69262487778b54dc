"""Taking an account away, which only works while nothing has happened to it."""

from __future__ import annotations

from django.db import models, transaction

from abmops.lib.errors import Refused
from accounts.models import (
    Account,
    AccountDomain,
    AccountEvent,
    AccountExternalId,
    GapAssignment,
    SidecarFinding,
)
from accounts.services.undoing.rows import DERIVED, relations

# What an account is made of, and what others only say of it: it goes along.
PARTS = (AccountDomain, AccountExternalId, GapAssignment, SidecarFinding)


@transaction.atomic
def remove_account(*, account: Account) -> None:
    """Delete an account that has no history, in whichever app. One that has is disqualified instead: past numbers keep
    it."""
    Account.objects.select_for_update().get(pk=account.pk)
    kept = [
        str(relation.related_model._meta.verbose_name_plural)  # noqa: SLF001
        for relation in relations(Account)
        if relation.on_delete is not models.SET_NULL
        and relation.related_model not in PARTS
        and (relation.related_model not in DERIVED or relation.related_model is AccountEvent)
        and relation.related_model._base_manager.filter(  # noqa: SLF001
            **{relation.field.attname: account.pk}
        ).exists()
    ]
    if kept:
        raise Refused(
            f"{account.name} has {', '.join(sorted(kept))}, which past numbers count. "
            "Set its lifecycle to disqualified instead.",
            code="account_has_history",
        )
    account.delete()
