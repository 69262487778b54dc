"""What the signal pages show, each in a number of queries that rows do not change."""

from datetime import datetime, timedelta

from accounts.models import Account
from signals.models import Signal

WEEK = timedelta(days=7)
SHOWN_WEEKS = 13


def weekly_signals(account: Account, *, now: datetime) -> tuple[int, ...]:
    """Signals a week over the last 13 weeks, oldest first; a week is seven days that end now."""
    start = now - SHOWN_WEEKS * WEEK
    moments = Signal.objects.filter(account=account, occurred_at__gte=start, occurred_at__lt=now)
    weeks = [0] * SHOWN_WEEKS
    for moment in moments.values_list("occurred_at", flat=True).order_by():
        weeks[(moment - start) // WEEK] += 1
    return tuple(weeks)
