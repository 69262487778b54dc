"""What the signal pages show, each in a number of queries that rows do not change."""

from datetime import datetime, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Extract, Floor

from accounts.models import Account
from signals.models import Signal

WEEK = timedelta(days=7)
SHOWN_WEEKS = 13


def weekly_signals(account: Account, *, now: datetime) -> tuple[int, ...]:
    """Signals a week over the last 13 weeks, oldest first; a week is seven days that end now."""
    start = now - SHOWN_WEEKS * WEEK
    rows = Signal.objects.filter(account=account, occurred_at__gte=start, occurred_at__lt=now)
    since = ExpressionWrapper(F("occurred_at") - Value(start), output_field=DurationField())
    counted = (
        rows.annotate(week=Floor(Extract(since, "epoch") / WEEK.total_seconds()))
        .order_by()
        .values_list("week")
        .annotate(n=Count("pk"))
    )
    by_week = {int(week): n for week, n in counted}
    return tuple(by_week.get(week, 0) for week in range(SHOWN_WEEKS))
