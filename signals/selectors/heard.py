"""Which accounts were heard in a time, for lower apps that ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from signals.models import AccountState


def heard(account_ids: Sequence[int], since: datetime, until: datetime) -> Iterable[int]:
    """Of these accounts those whose latest signal is in `[since, until)`, or later: one query."""
    del until  # whoever was heard later is not silent either
    rows = AccountState.objects.filter(account__in=account_ids, last_signal_at__gte=since)
    return rows.values_list("account_id", flat=True)
