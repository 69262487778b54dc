"""Fit on accounts: computed when what it is made of changes, and for all when another model comes into force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import services as work
from accounts.domain.fit import BEHAVIOUR, fit_of, read_criteria, stored, value_of
from accounts.models import Account, IcpModel, User
from accounts.selectors.fit import companies, criteria_in_force
from accounts.selectors.icp_mask import mask_of, vocabulary
from accounts.services.locking import take_turn
from accounts.services.reacting import evaluate_later

KIND_OF_WORK = "refit"
# So many accounts are recomputed while the person waits (about a second); more by a worker, so many a transaction.
AT_ONCE = 5_000


def put_on(accounts: Sequence[Account], *, now: datetime) -> list[Account]:
    """Set `fit` on accounts in memory; returns those whose fit changed. In a fixed number of queries."""
    if not accounts:
        return []
    criteria = criteria_in_force()
    changed = []
    for account, company in zip(accounts, companies(accounts, criteria, now=now), strict=True):
        value = fit_of(company, criteria).value
        if account.fit != value:
            account.fit = value
            changed.append(account)
    return changed


@transaction.atomic
def refresh_fit(*, now: datetime, accounts: Iterable[int] | None = None) -> int:
    """Recompute and store the fit of these accounts, or of all; returns how many changed.

    The database finds who meets what; each combination is worth what `domain.fit` says, so that no fit depends on the
    way it was computed.
    """
    take_turn("account")
    criteria = criteria_in_force()
    mask = mask_of(criteria, vocabulary(), now=now)
    ids = None if accounts is None else sorted(set(accounts))
    narrowed = "" if ids is None else "WHERE a.id = ANY(%(ids)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {mask.sql} FROM accounts_account a {mask.joins} {narrowed}",  # noqa: S608  (our own text)
            mask.parameters | {"ids": ids},
        )
        masks = [found for (found,) in cursor.fetchall()]
        cursor.execute(
            _STORE.format(mask=mask.sql, joins=mask.joins, narrowed=narrowed),
            mask.parameters
            | {"ids": ids, "at": now, "masks": masks, "fits": [value_of(criteria, one) for one in masks]},
        )
        changed = [pk for (pk,) in cursor.fetchall()]
    evaluate_later(changed)
    return len(changed)


_STORE = """
WITH differing AS MATERIALIZED (
    SELECT a.id, worth.fit FROM accounts_account a {joins}
    JOIN unnest(%(masks)s::bigint[], %(fits)s::float8[]) AS worth(mask, fit)
        ON worth.mask = {mask} AND worth.fit <> a.fit
    {narrowed} ORDER BY a.id FOR NO KEY UPDATE OF a)
UPDATE accounts_account a SET fit = d.fit, updated_at = %(at)s FROM differing d WHERE a.id = d.id RETURNING a.id
"""


@transaction.atomic
def adopt_icp(
    *,
    name: str,
    criteria: Sequence[Mapping[str, Any]],
    now: datetime,
    by: User | None = None,
    reason: str = "",
    instead_of: int | None = None,
) -> IcpModel:
    """Put a new version of the ideal customer profile into force and recompute every fit by it.

    With many accounts a worker recomputes them. `instead_of` is the version that the person compared with: another one
    in force meanwhile is a conflict (0: none was in force).
    """
    try:
        read = read_criteria(criteria)
    except ValueError as error:
        raise FieldErrors.one("/criteria", str(error)) from None
    if not name.strip():
        raise FieldErrors.one("/name", "Give the profile a name.")
    take_turn("account")
    current = IcpModel.objects.filter(retired_at__isnull=True).first()
    in_force = current.number if current else 0
    if instead_of is not None and instead_of != in_force:
        raise Conflict(
            f"Version {in_force} came into force while you were at it. Look at the comparison with it, then "
            "adopt again."
        )
    if current is not None and by is not None and read_criteria(current.criteria) == read:
        raise Refused("These are the criteria that are in force already; there is nothing to adopt.")
    latest = IcpModel.objects.order_by("-number").first()
    IcpModel.objects.filter(retired_at__isnull=True).update(retired_at=now)
    model = IcpModel.objects.create(
        number=(latest.number if latest else 0) + 1,
        name=name.strip()[:120],
        criteria=[stored(criterion) for criterion in read],
        adopted_at=now,
        adopted_by=by,
        reason=reason.strip(),
    )
    refit_all(now=now)
    return model


@transaction.atomic
def refit_all(*, now: datetime) -> None:
    """Recompute every fit: here and now where there are few accounts, else by a worker."""
    if Account.objects.order_by()[AT_ONCE : AT_ONCE + 1].exists():
        work.put(kind=KIND_OF_WORK, subject_id=0, payload={"after": 0, "version": _version_in_force()})
    else:
        refresh_fit(now=now)


@transaction.atomic
def refit_next(*, after: int, version: int, now: datetime) -> None:
    """Recompute the next accounts by id, and put the rest on the work list. A profile adopted meanwhile starts anew."""
    take_turn("account")
    in_force = _version_in_force()
    behind = Account.objects.filter(id__gt=after if version == in_force else 0).order_by("id")
    ids = list(behind.values_list("id", flat=True)[:AT_ONCE])
    if ids:
        refresh_fit(now=now, accounts=ids)
    if len(ids) == AT_ONCE:
        work.put(kind=KIND_OF_WORK, subject_id=0, payload={"after": ids[-1], "version": in_force})


def refit_by_the_day(*, now: datetime) -> None:
    """Have every fit recomputed if the profile asks for what changes by the day, such as touches in 90 days."""
    if any(criterion.field in BEHAVIOUR for criterion in criteria_in_force()):
        work.put(kind=KIND_OF_WORK, subject_id=0, payload={"after": 0, "version": _version_in_force()})


def _version_in_force() -> int:
    return IcpModel.objects.filter(retired_at__isnull=True).values_list("number", flat=True).first() or 0
