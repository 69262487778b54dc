"""Moving accounts through the phases: up by rule, out and back by their lifecycle, anywhere by a person's word.

Every move is an account event with its cause; one by a person says who and why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from abmops.lib.choices import Phase
from abmops.lib.errors import FieldErrors, Refused
from accounts.domain.phase import CAUSES, LADDER, OUT, OUT_LIFECYCLES, is_rise
from accounts.models import Account, AccountEvent, User
from accounts.services import events

BY_LIFECYCLE, BY_HISTORY = "lifecycle", "history"


@transaction.atomic
def raise_phases(
    *,
    reached: Mapping[int, tuple[Account, str]],
    now: datetime,
    since: Mapping[int, datetime] | None = None,
) -> list[Account]:
    """Move these locked accounts up to the phase they have reached, where that is up; returns those that moved.

    `since`: when what speaks for it happened. What happened before a person set the phase does not raise it.
    """
    rising = {pk: pair for pk, pair in reached.items() if is_rise(pair[0].phase, pair[1])}
    set_at = set_by_hand_at(rising) if rising and since else {}
    moved = []
    for pk, (account, phase) in rising.items():
        if pk in set_at and since is not None and pk in since and since[pk] <= set_at[pk]:
            continue
        moved.append((account, str(phase), CAUSES.get(phase, "")))
    return _move(moved, now=now)


def set_by_hand_at(account_ids: Collection[int]) -> dict[int, datetime]:
    """When a person last set the phase of each; one query."""
    rows = (
        AccountEvent.objects.filter(
            account__in=account_ids, kind=AccountEvent.Kind.CHANGED_PHASE, payload__has_key="by"
        )
        .order_by()
        .values_list("account")
        .annotate(at=Max("at"))
    )
    return dict(rows)


@transaction.atomic
def follow_lifecycle(*, accounts: Collection[int], now: datetime) -> list[Account]:
    """Take accounts out that are disqualified or not ready, and bring back those that were out for that reason.

    The lifecycle's own event is written too, so that what runs on them ends at once.
    """
    wrong = Q(lifecycle__in=OUT_LIFECYCLES) ^ Q(phase=Phase.OUT)
    rows = list(Account.objects.filter(wrong, pk__in=accounts).order_by("pk").select_for_update(no_key=True))
    leaving = [row for row in rows if row.lifecycle in OUT_LIFECYCLES]
    came_from = _came_from([row.pk for row in rows if row.lifecycle not in OUT_LIFECYCLES])
    moves = [(row, OUT, f"The account is {row.get_lifecycle_display().lower()}.") for row in leaving]
    moves += [
        (row, came_from[row.pk], f"The account is {row.get_lifecycle_display().lower()} again.")
        for row in rows
        if row.pk in came_from
    ]
    events.record(
        (
            events.NewEvent(
                account_id=row.pk,
                kind=AccountEvent.Kind.LIFECYCLE,
                at=now,
                dedup_key=f"lifecycle:{row.pk}:{row.lifecycle}:{now.isoformat()}",
                payload={"to": row.lifecycle},
            )
            for row, _, _ in moves
        ),
        now=now,
    )
    return _move(moves, now=now, rule=BY_LIFECYCLE)


def _came_from(account_ids: Collection[int]) -> dict[int, str]:
    """Of accounts that are out those that their lifecycle took out, each with the phase that it left."""
    newest = (
        AccountEvent.objects.filter(account__in=account_ids, kind=AccountEvent.Kind.CHANGED_PHASE)
        .order_by("account_id", "-at", "-pk")
        .distinct("account_id")
    )
    return {
        event.account_id: event.payload["from"]
        for event in newest
        if event.payload.get("rule") == BY_LIFECYCLE and event.payload.get("from") in LADDER
    }


@transaction.atomic
def set_phase(*, account: Account, phase: str, reason: str, by: User, now: datetime) -> Account:
    """A person sets the phase, up or back, out or in, with a reason; it stays until news moves it up."""
    if phase not in Phase.values:
        raise FieldErrors.one("/phase", "Choose one of the phases.")
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why the phase changes; it stands in the account's history.")
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if row.phase == phase:
        raise Refused(f"{row.name} is in the {row.get_phase_display().lower()} phase already.")
    if row.lifecycle in OUT_LIFECYCLES:
        word = row.get_lifecycle_display().lower()
        raise Refused(f"{row.name} is {word}, and out for that. Change its lifecycle first.")
    (moved,) = _move([(row, phase, reason.strip())], now=now, by=by)
    return moved


@transaction.atomic
def correct_phases(*, expected: Mapping[int, tuple[Account, str]], now: datetime) -> list[Account]:
    """Write what history says of these locked accounts, up or down."""
    moves = [
        (account, phase, "Worked out anew from history.")
        for account, phase in expected.values()
        if account.phase != phase
    ]
    return _move(moves, now=now, rule=BY_HISTORY)


def _move(
    moves: list[tuple[Account, str, str]], *, now: datetime, by: User | None = None, rule: str = ""
) -> list[Account]:
    news: list[events.NewEvent] = []
    for account, phase, cause in moves:
        payload = {"from": str(account.phase), "to": str(phase), "cause": cause}
        if by is not None:
            payload |= {"by": str(by.pk), "name": by.name}
        if rule:
            payload["rule"] = rule
        news.append(
            events.NewEvent(
                account_id=account.pk,
                kind=AccountEvent.Kind.CHANGED_PHASE,
                at=now,
                dedup_key=f"phase:{account.pk}:{phase}:{now.isoformat()}",
                payload=payload,
            )
        )
        account.phase, account.updated_at = phase, now
    moved = [account for account, _, _ in moves]
    if moved:
        Account.objects.bulk_update(moved, ["phase", "updated_at"])
        events.record(news, now=now)
    return moved
