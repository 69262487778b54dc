"""Telling web and ads how to treat an account when that changes: a meeting is booked, a deal opens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from accounts.models import Account, AccountEvent
from plays.domain.treatment import TREATMENTS, Standing, treatment_of
from plays.models import AccountTreatment
from plays.services.outbox.publishing import Event, publish_all

MEETING_LASTS: Final = timedelta(days=14)
"""How long a meeting that was booked without a day, or has been, still decides."""
CHANGING: Final = frozenset(
    {"meeting_booked", "opportunity_stage", "lifecycle", "changed_phase", "joined_list", "left_list"}
)
"""Account events that may change a treatment."""
AT_ONCE: Final = 2_000


@transaction.atomic
def treat(*, account_ids: Collection[int], now: datetime) -> int:
    """Work out the treatment of these accounts, store what changed and publish it; how many changed."""
    if not account_ids:
        return 0
    accounts = list(Account.objects.filter(pk__in=account_ids).order_by("pk"))
    ahead = _meetings(account_ids, now=now)
    stored = dict(
        AccountTreatment.objects.filter(account__in=account_ids).values_list("account", "treatment")
    )
    changed = []
    for account in accounts:
        wanted = treatment_of(
            Standing(account.lifecycle, account.phase, account.is_target, account.pk in ahead)
        )
        if wanted != stored.get(account.pk, "none"):
            changed.append((account, stored.get(account.pk, "none"), wanted))
    AccountTreatment.objects.bulk_create(
        [AccountTreatment(account=account, treatment=wanted, since=now) for account, _, wanted in changed],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["treatment", "since"],
        batch_size=1_000,
    )
    publish_all(
        type="treatment.changed",
        events=[
            Event(
                key=f"{account.pk}:{now.isoformat()}",
                data={
                    "account": {"id": account.pk, "name": account.name, "domain": account.domain},
                    "from": before,
                    "to": wanted,
                    "means": TREATMENTS[wanted],
                    "at": now.isoformat(),
                },
                account_id=account.pk,
            )
            for account, before, wanted in changed
        ],
        now=now,
    )
    return len(changed)


def treat_all(*, now: datetime) -> int:
    """Once a night: a meeting has been, or an account changed in a way that no event told of."""
    known = (
        Account.objects.filter(is_target=True).values_list("pk", flat=True),
        AccountTreatment.objects.exclude(treatment="none").values_list("account", flat=True),
    )
    ids = sorted({pk for rows in known for pk in rows})
    return sum(
        treat(account_ids=ids[start : start + AT_ONCE], now=now) for start in range(0, len(ids), AT_ONCE)
    )


def _meetings(account_ids: Collection[int], *, now: datetime) -> set[int]:
    """Accounts with a meeting ahead, or booked or held in the last two weeks."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MEETINGS,
            {
                "ids": list(account_ids),
                "kind": AccountEvent.Kind.MEETING_BOOKED,
                "since": now - MEETING_LASTS,
            },
        )
        return {pk for (pk,) in cursor.fetchall()}


_MEETINGS = """
SELECT DISTINCT account_id FROM accounts_accountevent
WHERE account_id = ANY(%(ids)s) AND kind = %(kind)s
  AND greatest(at, (payload->>'on')::timestamptz) >= %(since)s
"""
