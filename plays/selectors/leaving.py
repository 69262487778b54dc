"""What somebody who leaves owes and owns, counted; a query a kind."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from abmops.lib import owning
from accounts.models import Account, ApiKey
from plays.models import Enrollment, Task


def running_of(user_id: int) -> QuerySet[Enrollment]:
    """Live enrollments that are counted as the person's, or were handed to them."""
    return Enrollment.objects.live().filter(Q(owner=user_id) | Q(handed_to=user_id))


def owned_by(user_id: int) -> dict[str, int]:
    """Accounts and open tasks: with the kinds of `abmops.lib.owning`, what keeps somebody from being made inactive."""
    return {
        "accounts": Account.objects.filter(owner=user_id).count(),
        "open tasks": Task.objects.unfinished().filter(owner=user_id).count(),
    }


def figures_of(user_id: int, *, now: datetime) -> dict[str, int]:
    """Everything that a departure moves, in words with how many; what there is none of is left out."""
    running = running_of(user_id).count()
    return owning.owned_by(user_id, now=now) | ({"running enrollments": running} if running else {})


def keys_of(user_id: int, *, now: datetime) -> int:
    """How many API keys act as the person: they end with them, and so does what calls with them."""
    live = ApiKey.objects.filter(user=user_id, revoked_at__isnull=True)
    return live.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now)).count()
