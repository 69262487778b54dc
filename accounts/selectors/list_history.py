"""The target list as it was: at any moment, and what changed between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.domain.membership import Move, move
from accounts.models import ListMembership


def list_as_of(at: datetime) -> QuerySet[ListMembership]:
    """The rows that say who was on the list at a moment, and in which tier: L(T) of the numbers."""
    open_then = Q(valid_to__isnull=True) | Q(valid_to__gt=at)
    return ListMembership.objects.filter(open_then, tier__isnull=False, valid_from__lte=at)


@dataclass(frozen=True, slots=True)
class ListMove:
    """An account whose place differs between two moments, with the last change that brought it where it is."""

    account_id: int
    name: str
    domain: str | None
    from_tier: int | None
    to_tier: int | None
    at: datetime
    side: str
    by: str | None
    reason: str
    by_name: str | None = None
    passed_over: Sequence[str] = ()
    override: str = ""

    @property
    def kind(self) -> Move | None:
        """Joined, left or re-tiered."""
        return move(self.from_tier, self.to_tier)


@dataclass(frozen=True, slots=True)
class ListDiff:
    """Everything that changed between two moments; accounts that went and came back to the same tier are not in it."""

    joined: list[ListMove] = field(default_factory=list)
    left: list[ListMove] = field(default_factory=list)
    retiered: list[ListMove] = field(default_factory=list)

    def every(self) -> list[ListMove]:
        """All of them: who joined, who left, who changed tier."""
        return [*self.joined, *self.left, *self.retiered]


_DIFF = """
WITH moved AS (
  SELECT DISTINCT account_id FROM accounts_listmembership WHERE valid_from > %(start)s AND valid_from <= %(end)s),
places AS (
  SELECT m.account_id,
         (SELECT tier FROM accounts_listmembership o WHERE o.account_id = m.account_id AND o.valid_from <= %(start)s
            ORDER BY o.valid_from DESC LIMIT 1) AS from_tier,
         n.tier AS to_tier, n.valid_from AS at, n.side, n.by_id, n.reason, n.passed_over, n.override
  FROM moved m CROSS JOIN LATERAL (
    SELECT * FROM accounts_listmembership x WHERE x.account_id = m.account_id AND x.valid_from <= %(end)s
    ORDER BY x.valid_from DESC LIMIT 1) n)
SELECT p.account_id, a.name, a.domain, p.from_tier, p.to_tier, p.at, p.side, u.email, p.reason,
       u.name, p.passed_over, p.override
FROM places p JOIN accounts_account a ON a.id = p.account_id LEFT JOIN accounts_user u ON u.id = p.by_id
WHERE p.from_tier IS DISTINCT FROM p.to_tier ORDER BY p.to_tier, a.name, a.id
"""


def list_diff(start: datetime, end: datetime) -> ListDiff:
    """Who joined, left and changed tier from `start` to `end`, with who did it and why. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFF, {"start": start, "end": end})
        moves = [ListMove(*row) for row in cursor.fetchall()]
    diff = ListDiff()
    into: dict[Move, list[ListMove]] = {
        Move.JOINED: diff.joined,
        Move.LEFT: diff.left,
        Move.RETIERED: diff.retiered,
    }
    for item in moves:
        if kind := move(item.from_tier, item.to_tier):
            into[kind].append(item)
    return diff
