"""Deals that go, or are another account's: what was told of them counts no more, and what stands is told again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from abmops.lib.errors import Conflict
from accounts.models import AccountEvent, Opportunity, OpportunityStage, User
from accounts.services import events
from accounts.services.locking import take_turn

AT_ONCE = 1_000
REMOVED = "It was removed where it came from."
MOVED = "It was found to be another account's."
UNLINKED = "It is linked to no account any more."
UNDONE = "What had told so was undone."


def key_of(deal: int, *step: object) -> str:
    """The key by which a deal's step is told; without one, what all of its keys begin with."""
    return ":".join(
        part.isoformat() if isinstance(part, datetime) else str(part) for part in ("stage", deal, *step)
    )


@transaction.atomic
def remove_opportunity(*, opportunity: Opportunity, by: User | None, now: datetime) -> None:
    """Take a deal out. Its signals go at once, and whoever acted on it hears that there is none."""
    take_turn("opportunity")
    row = Opportunity.objects.select_for_update().filter(pk=opportunity.pk).first()
    if row is None:
        raise Conflict("There is no such opportunity any more.")
    pk, name = row.pk, str(row)
    row.delete()
    settle_opportunities(deals=[pk], names={pk: name}, by=by, now=now)


@transaction.atomic
def settle_opportunities(
    *, deals: Iterable[int], names: Mapping[int, str], now: datetime, by: User | None = None
) -> None:
    """Put right what is told of these deals, on whichever account: they went, came back or moved, or lost stages.

    Stages that are gone, alone or with their deal, and those of a deal that is not the account's are withdrawn, and one
    `opportunity_removed` says so; stages of a deal that is there, of which something was withdrawn, are told where they
    are not. Deals of which nothing was told stay untold. Three statements a thousand deals, and those that write.
    """
    ids = sorted(set(deals))
    for start in range(0, len(ids), AT_ONCE):
        _settle(ids[start : start + AT_ONCE], names, by=by, now=now)


def _settle(deals: Collection[int], names: Mapping[int, str], *, by: User | None, now: datetime) -> None:
    stored = Opportunity.objects.in_bulk(deals)
    steps = list(
        OpportunityStage.objects.filter(opportunity__in=stored).order_by("at", "stage")
        .values_list("opportunity_id", "at", "stage")
    )  # fmt: skip
    entered = set(steps)
    of_them = reduce(or_, (Q(dedup_key__startswith=f"{key_of(pk)}:") for pk in deals))
    told = AccountEvent.objects.filter(of_them, kind=AccountEvent.Kind.OPPORTUNITY_STAGE)
    gone: dict[tuple[int, int], list[AccountEvent]] = {}
    standing: set[tuple[int, datetime, str]] = set()
    last: dict[int, int] = {}
    for event in told.order_by("pk"):
        pk = event.payload["opportunity"]
        deal, step = stored.get(pk), (pk, event.at, event.payload["stage"])
        if event.withdrawn_at is not None:
            last[pk] = event.pk
        elif deal is None or deal.account_id != event.account_id or step not in entered:
            last[pk] = event.pk
            gone.setdefault((pk, event.account_id), []).append(event)
        else:
            standing.add(step)
    withdrawn = [one.pk for told_there in gone.values() for one in told_there]
    AccountEvent.objects.filter(pk__in=withdrawn).update(withdrawn_at=now)
    events.record(
        (
            events.NewEvent(
                account_id=account,
                kind=AccountEvent.Kind.OPPORTUNITY_REMOVED,
                at=now,
                dedup_key=f"opportunity_removed:{told_there[-1].pk}",
                payload={
                    "opportunity": pk,
                    "deal": names.get(pk) or str(stored.get(pk, "A deal")),
                    "events": [one.pk for one in told_there],
                    **_why(stored.get(pk), told_there),
                    "by": by.pk if by else None,
                    "name": by.name if by else "",
                },
            )
            for (pk, account), told_there in sorted(gone.items(), key=lambda one: one[0])
        ),
        now=now,
    )
    _tell_again(stored, [step for step in steps if step[0] in last], last, standing, now=now)


def _why(deal: Opportunity | None, told_there: Iterable[AccountEvent]) -> dict[str, object]:
    """The reason; with the stages where they alone are gone."""
    if deal is None:
        return {"reason": REMOVED}
    if deal.account_id is None:
        return {"reason": UNLINKED}
    stages = [one.payload["stage"] for one in told_there if one.account_id == deal.account_id]
    return {"reason": UNDONE, "stages": stages} if stages else {"reason": MOVED}


def _tell_again(
    deals: Mapping[int, Opportunity],
    steps: Collection[tuple[int, datetime, str]],
    last: Mapping[int, int],
    standing: Collection[tuple[int, datetime, str]],
    *,
    now: datetime,
) -> None:
    """The stages that nothing tells any more, of deals that are there; `last`: deal -> its event withdrawn last."""
    ends = {pk: (pk, at, stage) for pk, at, stage in steps}
    events.record(
        (
            events.NewEvent(
                account_id=account,
                kind=AccountEvent.Kind.OPPORTUNITY_STAGE,
                at=at,
                dedup_key=f"{key_of(pk, at, stage)}:after:{last[pk]}",
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
