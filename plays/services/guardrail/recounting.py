"""What was held back is asked again: touches were written after the fact or taken out, or the first person came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import QuerySet

from abmops.work import services as work
from plays.domain.guardrails import NOBODY
from plays.models import StepHold, StepRun, Waiting
from plays.selectors.staff import anybody
from plays.services.calendar import treating
from plays.services.decision import waiting


def recount(accounts: Sequence[int], now: datetime) -> None:
    """Have held decisions and held steps of these accounts looked at. Two queries; nothing is locked here."""
    held = StepHold.objects.filter(account__in=accounts, ended_at__isnull=True)
    _ask_again(accounts, held, now=now)


def somebody_came(*, now: datetime) -> None:
    """Where people work here by now, let go on what was held because nobody did. Two queries where nothing was."""
    pending = StepRun.State.PENDING
    held = StepHold.objects.filter(rule=NOBODY.rule, step_run__state=pending, step_run__held=NOBODY.sentence)
    waits = list(Waiting.objects.filter(for_people=True).values_list("account", flat=True).distinct())
    if (waits or held.exists()) and anybody():
        _ask_again(waits, held, now=now)


def _ask_again(decided_on: Collection[int], held: QuerySet[StepHold], *, now: datetime) -> None:
    waiting.wake(decided_on, now=now)
    work.put_many(
        work.Put(kind=treating.KIND, subject_id=pk, run_at=now)
        for pk in held.order_by("account").values_list("account", flat=True).distinct()
    )
