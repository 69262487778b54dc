"""Fit on accounts: computed when what it is made of changes, and for all when another model comes into force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from abmops.lib.errors import FieldErrors
from accounts.domain.fit import fit_of, read_criteria
from accounts.models import Account, IcpModel
from accounts.selectors.fit import criteria_in_force, firmographics, latest_rates
from accounts.services import storing
from accounts.services.locking import take_turn
from accounts.services.reacting import evaluate_later


def put_on(accounts: Sequence[Account]) -> list[Account]:
    """Set `fit` on accounts in memory; returns those whose fit changed. Two queries."""
    if not accounts:
        return []
    criteria, rates = criteria_in_force(), latest_rates()
    changed = []
    for account in accounts:
        value = fit_of(firmographics(account, rates), criteria).value
        if account.fit != value:
            account.fit = value
            changed.append(account)
    return changed


@transaction.atomic
def refresh_fit(*, now: datetime, accounts: Iterable[int] | None = None) -> int:
    """Recompute and store the fit of these accounts, or of all; returns how many changed."""
    take_turn("account")
    rows = Account.objects.order_by("id").select_for_update(of=("self",))
    if accounts is not None:
        rows = rows.filter(id__in=set(accounts))
    listed = list(rows)
    changed = put_on(listed)
    storing.update(changed, ("fit",), now=now)
    evaluate_later(account.pk for account in changed)
    return len(changed)


@transaction.atomic
def adopt_icp(*, name: str, criteria: Sequence[Mapping[str, Any]], now: datetime) -> IcpModel:
    """Put a new version of the ideal customer profile into force and recompute every fit by it."""
    try:
        read_criteria(criteria)
    except ValueError as error:
        raise FieldErrors.one("/criteria", str(error)) from None
    take_turn("account")
    latest = IcpModel.objects.order_by("-number").first()
    IcpModel.objects.filter(retired_at__isnull=True).update(retired_at=now)
    model = IcpModel.objects.create(
        number=(latest.number if latest else 0) + 1, name=name, criteria=list(criteria), adopted_at=now
    )
    refresh_fit(now=now)
    return model
