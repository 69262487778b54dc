"""Deals that go, or are another account's: what was told of them counts no more, and what stands is told again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import AccountEvent, Opportunity, OpportunityStage, User
from accounts.services import events

AT_ONCE = 1_000
REMOVED = "It was removed where it came from."
MOVED = "It was found to be another account's."


@transaction.atomic
def remove_opportunity(*, opportunity: Opportunity, by: User | None, now: datetime) -> None:
    """Take a deal out. Its signals go at once, and whoever acted on it hears that there is none."""
    pk, was_on, name = opportunity.pk, opportunity.account_id, str(opportunity)
    opportunity.delete()
    settle_opportunities(deals={pk: was_on}, names={pk: name}, by=by, now=now)


@transaction.atomic
def settle_opportunities(
    *, deals: Mapping[int, int | None], names: Mapping[int, str], now: datetime, by: User | None = None
) -> None:
    """Put right what is told of these deals (each with the account it was on), which went, came back or moved.

    Stages of a deal that is gone or another account's are withdrawn, and one `opportunity_removed` says so; stages of a
    deal that is there, of which something was withdrawn, are told where they are not. Deals of which nothing was told
    stay untold. Three statements a thousand deals, and those that write.
    """
    ids = sorted(deals)
    for start in range(0, len(ids), AT_ONCE):
        _settle({pk: deals[pk] for pk in ids[start : start + AT_ONCE]}, names, by=by, now=now)


def _settle(
    deals: Mapping[int, int | None], names: Mapping[int, str], *, by: User | None, now: datetime
) -> None:
    stored = Opportunity.objects.in_bulk(deals)
    accounts = {row.account_id for row in stored.values()} | set(deals.values())
    told = AccountEvent.objects.filter(
        account__in=accounts - {None},
        kind=AccountEvent.Kind.OPPORTUNITY_STAGE,
        payload__opportunity__in=list(deals),
    )
    gone: dict[tuple[int, int], list[int]] = {}
    standing: set[tuple[int, datetime, str]] = set()
    last: dict[int, int] = {}
    for event in told.order_by("pk"):
        pk = event.payload["opportunity"]
        deal = stored.get(pk)
        if event.withdrawn_at is not None:
            last[pk] = event.pk
        elif deal is None or deal.account_id != event.account_id:
            last[pk] = event.pk
            gone.setdefault((pk, event.account_id), []).append(event.pk)
        else:
            standing.add((pk, event.at, event.payload["stage"]))
    withdrawn = [pk for pks in gone.values() for pk in pks]
    AccountEvent.objects.filter(pk__in=withdrawn).update(withdrawn_at=now)
    events.record(
        (
            events.NewEvent(
                account_id=account,
                kind=AccountEvent.Kind.OPPORTUNITY_REMOVED,
                at=now,
                dedup_key=f"opportunity_removed:{pks[-1]}",
                payload={
                    "opportunity": pk,
                    "deal": names.get(pk) or str(stored.get(pk, "A deal")),
                    "events": pks,
                    "reason": MOVED if pk in stored else REMOVED,
                    "by": by.pk if by else None,
                    "name": by.name if by else "",
                },
            )
            for (pk, account), pks in sorted(gone.items())
        ),
        now=now,
    )
    _tell_again({pk: stored[pk] for pk in last if pk in stored}, last, standing, now=now)


def _tell_again(
    deals: Mapping[int, Opportunity],
    last: Mapping[int, int],
    standing: Iterable[tuple[int, datetime, str]],
    *,
    now: datetime,
) -> None:
    """The stages that nothing tells any more, of deals that are there; `last`: deal -> its event withdrawn last."""
    if not deals:
        return
    steps = list(
        OpportunityStage.objects.filter(opportunity__in=deals).order_by("at", "stage")
        .values_list("opportunity_id", "at", "stage")
    )  # fmt: skip
    ends = {pk: (pk, at, stage) for pk, at, stage in steps}
    events.record(
        (
            events.NewEvent(
                account_id=account,
                kind=AccountEvent.Kind.OPPORTUNITY_STAGE,
                at=at,
                dedup_key=f"stage:{pk}:{at.isoformat()}:{stage}:after:{last[pk]}",
                payload={
                    "opportunity": pk,
                    "stage": stage,
                    "outcome": deals[pk].outcome if ends[pk] == (pk, at, stage) else None,
                },
            )
            for pk, at, stage in steps
            if (pk, at, stage) not in standing and (account := deals[pk].account_id) is not None
        ),
        now=now,
    )
