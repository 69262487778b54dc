"""Notices seen, one or all, and unseen again; and the old ones forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from plays.models import Notice

KEPT: Final = timedelta(days=90)
"""How long what somebody was told stays on the list."""
SLICE: Final = 5_000


@transaction.atomic
def mark_read(*, user: User, now: datetime, notice: Notice | None = None) -> int:
    """The person has seen one of their notices, or all of them; how many were new."""
    rows = Notice.objects.visible_to(user).unread()
    return (rows if notice is None else rows.filter(pk=notice.pk)).update(read_at=now)


@transaction.atomic
def mark_unread(*, user: User, notice: Notice | None = None, read_at: datetime | None = None) -> int:
    """Undo that: one notice is new again, or all that were marked at one moment; how many."""
    rows = Notice.objects.visible_to(user).filter(read_at__isnull=False)
    rows = rows.filter(read_at=read_at) if notice is None else rows.filter(pk=notice.pk)
    return rows.update(read_at=None)


def forget_old(*, now: datetime) -> int:
    """Take out what was told 90 days ago, read or not, a slice at a time; how many."""
    ids = list(
        Notice.objects.filter(at__lt=now - KEPT).order_by("at", "pk").values_list("pk", flat=True)[:SLICE]
    )
    Notice.objects.filter(pk__in=ids).delete()
    return len(ids)
