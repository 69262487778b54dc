"""Phases from signals and lifecycles, without waiting for a play; and all phases once more from history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from abmops.lib.choices import Phase
from abmops.lib.ids import first_uuid7
from accounts.domain.phase import OUT_LIFECYCLES, SIGNALS_FOR_ENGAGEMENT, phase_of
from accounts.models import Account
from accounts.services.phase import correct_phases, follow_lifecycle, raise_phases
from plays.selectors import facts as facts_of
from plays.selectors.evidence import qualifying
from plays.selectors.phases import histories
from signals.models import Signal

LOOKED_BACK: Final = 60
"""How many minutes the rule looks back for news; it is asked every few, so that a pause of the clock loses nothing."""
MINUTE: Final = timedelta(minutes=1)
SLICE: Final = 500
STEP: Final = 50


def raise_heard_next(now: datetime, ago: int) -> int | None:
    """Move accounts up to engagement to whom the second distinct qualifying signal came, play or none.

    Those heard of so many minutes ago, as a step of a round: how many comes next, None where the look back ends.
    """
    came = Signal.objects.filter(id__gte=first_uuid7(now - (ago + 1) * MINUTE), type__qualifying=True)
    if ago:  # what came since the round began is looked at too
        came = came.filter(id__lt=first_uuid7(now - ago * MINUTE))
    waiting = Account.objects.filter(phase=Phase.AWARENESS, pk__in=came.order_by().values("account"))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    for begin in range(0, len(ids), SLICE):
        _raise(ids[begin : begin + SLICE], now)
    return ago + 1 if ago + 1 < LOOKED_BACK else None


def raise_next(now: datetime, after: int) -> int | None:
    """The same by every signal that still counts, what came while nothing ran or with an import too: for the accounts
    behind an id. A step of a round: the last of them, None where there are no more."""
    waiting = Account.objects.filter(pk__gt=after, phase=Phase.AWARENESS).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:STEP])
    _raise(ids, now)
    return ids[-1] if len(ids) == STEP else None


@transaction.atomic
def _raise(ids: Sequence[int], now: datetime) -> None:
    came = qualifying(ids, days=facts_of.policy().qualifying_days, now=now)
    reached = {
        pk: at[-SIGNALS_FOR_ENGAGEMENT] for pk, at in came.items() if len(at) >= SIGNALS_FOR_ENGAGEMENT
    }
    accounts = facts_of.lock_accounts(reached)
    raise_phases(
        reached={pk: (account, Phase.ENGAGEMENT) for pk, account in accounts.items()},
        since=reached,
        now=now,
    )


def follow_lifecycles(*, now: datetime) -> int:
    """Take out and bring back what a way past the services (the admin, an undo) left behind."""
    wrong = Account.objects.filter(
        Q(lifecycle__in=OUT_LIFECYCLES) & ~Q(phase=Phase.OUT)
        | Q(phase=Phase.OUT) & ~Q(lifecycle__in=OUT_LIFECYCLES)
    )
    ids = list(wrong.order_by("pk").values_list("pk", flat=True))
    moved = 0
    for begin in range(0, len(ids), SLICE):
        moved += len(follow_lifecycle(accounts=ids[begin : begin + SLICE], now=now))
    return moved


@dataclass(frozen=True, slots=True)
class Difference:
    """An account whose stored phase is not the one that its history says."""

    account: Account
    stored: str
    expected: str


def differences() -> Iterator[Difference]:
    """Every account whose phase does not follow from its history."""
    days = facts_of.policy().qualifying_days
    last = 0
    while rows := list(Account.objects.filter(pk__gt=last).order_by("pk")[:SLICE]):
        last = rows[-1].pk
        said = histories(rows)
        for row in rows:
            expected = phase_of(said[row.pk], days=days)
            if expected != row.phase:
                yield Difference(row, row.phase, expected)


def correct(*, now: datetime) -> int:
    """Write the phase that history says, with an event each; how many were wrong."""
    wrong = list(differences())
    for begin in range(0, len(wrong), SLICE):
        part = wrong[begin : begin + SLICE]
        with transaction.atomic():
            accounts = facts_of.lock_accounts([one.account.pk for one in part])
            correct_phases(
                expected={one.account.pk: (accounts[one.account.pk], one.expected) for one in part}, now=now
            )
    return len(wrong)
