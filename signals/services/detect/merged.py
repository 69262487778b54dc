"""Signals that were being stored for an account while it became part of another one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from accounts.models import AccountAlias


def follow(account_ids: Sequence[int]) -> list[int]:
    """Signals that were stored for accounts which became part of others at the same moment go there; returns those."""
    heirs = dict(
        AccountAlias.objects.filter(old_id__in=list(account_ids)).values_list("old_id", "account_id")
    )
    with connection.cursor() as cursor:
        for old, heir in sorted(heirs.items()):
            cursor.execute("UPDATE signals_signal SET account_id = %s WHERE account_id = %s", [heir, old])
    return sorted(set(heirs.values()))
