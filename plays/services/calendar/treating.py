"""Telling web and ads how to treat an account when that changes: a meeting is booked or over, a deal opens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from abmops.work import services as work
from accounts.models import Account
from plays.domain.meeting import Ahead
from plays.domain.treatment import TREATMENTS, Standing, treatment_of
from plays.models import AccountTreatment
from plays.selectors import meetings
from plays.services.outbox.publishing import Event, publish_all

KIND: Final = "marketing_look"
"""Work on an account: whether web, ads, bursts and steps go by what is true now."""
CHANGING: Final = frozenset(
    {
        "meeting_booked",
        "meeting_changed",
        "opportunity_stage",
        "opportunity_removed",
        "lifecycle",
        "changed_phase",
        "joined_list",
        "left_list",
    }
)
"""Account events that may change a treatment."""
AT_ONCE: Final = 2_000


@transaction.atomic
def treat(*, account_ids: Collection[int], now: datetime) -> int:
    """Work out the treatment of these accounts, store what changed and publish it; how many changed.

    The accounts are locked, in id order: whoever comes second sees what the first has told, and tells it not again.
    Where a meeting is ahead, it is looked at again when that is over.
    """
    if not account_ids:
        return 0
    accounts = list(Account.objects.filter(pk__in=account_ids).order_by("pk").select_for_update(no_key=True))
    ahead = meetings.ahead(account_ids, now=now)
    changed = _changed(accounts, ahead)
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
    work.put_many(_looks_after(ahead))
    return len(changed)


def treat_all(*, now: datetime) -> int:
    """Once a night: have looked at again what changed in a way that no event told of; how many accounts that are.

    Nothing is locked here: each account is an item of the work list, and treated under its lock with the few it is
    claimed with.
    """
    known = (
        Account.objects.filter(is_target=True).values_list("pk", flat=True),
        AccountTreatment.objects.exclude(treatment="none").values_list("account", flat=True),
    )
    ids = sorted({pk for rows in known for pk in rows})
    looks: list[work.Put] = []
    stale: list[int] = []
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        ahead = meetings.ahead(some, now=now)
        changed = _changed(Account.objects.filter(pk__in=some).order_by("pk"), ahead)
        stale += [account.pk for account, _, _ in changed]
        looks += _looks_after(ahead)
    work.put_many([*(work.Put(kind=KIND, subject_id=pk, run_at=now) for pk in stale), *looks])
    return len(stale)


def _changed(accounts: Iterable[Account], ahead: Mapping[int, Ahead]) -> list[tuple[Account, str, str]]:
    """(account, the treatment told last, the one that fits now) where the two differ."""
    rows = list(accounts)
    told = dict(AccountTreatment.objects.filter(account__in=rows).values_list("account", "treatment"))
    found = []
    for account in rows:
        standing = Standing(account.lifecycle, account.phase, account.is_target, account.pk in ahead)
        before, wanted = told.get(account.pk, "none"), treatment_of(standing)
        if before != wanted:
            found.append((account, before, wanted))
    return found


def _looks_after(ahead: Mapping[int, Ahead]) -> list[work.Put]:
    """A look at each account when its meeting is over."""
    return [work.Put(kind=KIND, subject_id=pk, run_at=meeting.over_at) for pk, meeting in ahead.items()]
