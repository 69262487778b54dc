"""What the statements share: the list as of T, money in the base currency, and how rows come back."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from abmops.lib.ids import first_uuid7
from accounts.selectors.money import BASE_AMOUNT, MONEY, OPENED
from scoreboard.domain import windows
from scoreboard.domain.figures import Scope

__all__ = ["BASE_AMOUNT", "IN_SCOPE", "LISTED", "MONEY", "OPENED", "parameters", "rows"]

# Every statement reads these parameters; `at` is T, windows are [x, at).

# The accounts of the scope, whether on the list or not.
IN_SCOPE = """
    (%(owner)s::bigint IS NULL OR a.owner_id = %(owner)s)
    AND (%(territory)s::bigint IS NULL OR a.territory_id = %(territory)s)
"""

# L(T): the accounts of the scope whose membership holds at T, with their tier then.
LISTED = f"""
    listed AS MATERIALIZED (
        SELECT m.account_id, m.tier
        FROM accounts_listmembership m JOIN accounts_account a ON a.id = m.account_id
        WHERE m.tier IS NOT NULL AND m.valid_from <= %(at)s AND (m.valid_to IS NULL OR m.valid_to > %(at)s)
          AND (%(tier)s::int IS NULL OR m.tier = %(tier)s) AND {IN_SCOPE}
    )
"""  # noqa: S608  (our own constants)


def parameters(at: datetime, scope: Scope) -> dict[str, Any]:
    """What every statement may read."""
    return {
        "at": at,
        "week": at - windows.WEEK,
        "month": at - windows.MONTH,
        "quarter": at - windows.QUARTER,
        # Signals' ids are in the order of arrival, and nothing arrives before it happened (less the clocks'
        # five minutes): this bound lets whole partitions be skipped.
        "month_ids": first_uuid7(at - windows.MONTH - windows.DAY),
        "response": windows.RESPONSE,
        "base": settings.BASE_CURRENCY,
        "tier": scope.tier,
        "owner": scope.owner,
        "territory": scope.territory,
        "since": scope.since,
    }


def rows(statement: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        yield from cursor.fetchall()
