"""The number beside Signals in the navigation."""

from datetime import datetime, timedelta

from accounts.models import User
from signals.models import Crossing

FRESH = timedelta(days=1)


def fresh_crossings(user: User, now: datetime) -> int:
    """Crossings of the last day."""
    return Crossing.objects.visible_to(user).filter(crossed_at__gte=now - FRESH, crossed_at__lt=now).count()
