"""A threshold that comes into force is judged for every account it is for, not only for those that signal next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account
from signals.models import Threshold

KIND = "survey"
EVALUATE = "evaluate"
CHUNK = 2_000


def ask(*, threshold: Threshold) -> None:
    """Put the work, in the caller's transaction; several changes in a row are surveyed once."""
    work.put(kind=KIND, subject_id=threshold.pk)


def survey(items: Sequence[WorkItem], now: datetime) -> None:
    """Have the accounts judged that these thresholds are for: one evaluation an account, merged with one that waits."""
    wanted = Threshold.objects.filter(
        pk__in=[item.subject_id for item in items], status=Threshold.Status.ACTIVE, current__isnull=False
    )
    tiers = [list(row) for row in wanted.values_list("current__tiers", flat=True)]
    if not tiers:
        return
    accounts = Account.objects.order_by("id")
    if all(tiers):
        accounts = accounts.filter(tier__in={tier for row in tiers for tier in row})
    for chunk in _chunks(list(accounts.values_list("id", flat=True))):
        work.put_many(work.Put(kind=EVALUATE, subject_id=account_id) for account_id in chunk)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
