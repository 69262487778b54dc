"""What guardrails held back is asked again when touches were written after the fact, changed or taken out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from abmops.work import services as work
from plays.models import StepHold
from plays.services.calendar import treating
from plays.services.decision import waiting


def recount(accounts: Sequence[int], now: datetime) -> None:
    """Have held decisions and held steps of these accounts looked at. Two queries; nothing is locked here."""
    waiting.wake(accounts, now=now)
    held = StepHold.objects.filter(account__in=accounts, ended_at__isnull=True)
    work.put_many(
        work.Put(kind=treating.KIND, subject_id=pk, run_at=now)
        for pk in held.order_by("account").values_list("account", flat=True).distinct()
    )
