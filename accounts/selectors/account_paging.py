"""One page of the accounts list, found by its ids alone.

Measured with 100,000 accounts: an index gives the order only where the figure that is sorted by is never empty, so
those without it are asked for apart, behind the others; and a page far down is found from the nearer end.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Window

from accounts.models import AccountQuerySet, User
from accounts.selectors.account_list import (
    ALWAYS_THERE,
    Wanted,
    matching,
    narrowed,
    order_of,
    ordering,
)

PAGE_SIZE = 50
# From this row on a page is looked for from the nearer end.
FAR = 5_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page of `matching`: its accounts' ids in order, its number, and how many accounts there are in all."""

    ids: list[int]
    number: int
    total: int


def page_of(wanted: Wanted, *, user: User, now: datetime, number: int, total: int | None = None) -> Stretch:
    """A page; one past the end is the last. What is not counted yet is counted with the page, in one scan.

    So is what is small: there a plan that walks an index until it has met fifty of the few loses to reading them all.
    """
    number = max(1, number)
    if total is None:
        stretch = _counted(wanted, user=user, now=now, number=number)
        if stretch.ids or number == 1:
            return stretch
        total = narrowed(wanted, user=user, now=now).count()
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    if total < FAR:
        return _counted(wanted, user=user, now=now, number=number)
    return Stretch(_found(wanted, user, now, (number - 1) * PAGE_SIZE, total), number, total)


def _counted(wanted: Wanted, *, user: User, now: datetime, number: int) -> Stretch:
    start = (number - 1) * PAGE_SIZE
    found = matching(wanted, user=user, now=now).annotate(total=Window(Count("*"))).values_list("pk", "total")
    lines = list(found[start : start + PAGE_SIZE])
    return Stretch([pk for pk, _ in lines], number, lines[0][1] if lines else 0)


def _found(wanted: Wanted, user: User, now: datetime, start: int, total: int) -> list[int]:
    """Of a page whose place is known. Those that have the figure come from an index, the others behind them."""
    accounts = narrowed(wanted, user=user, now=now)
    path, is_down = order_of(wanted)
    if path in ALWAYS_THERE:
        return _slice(accounts, path, start, min(PAGE_SIZE, total - start), total, is_down=is_down)
    known = accounts.filter(**{f"{path}__isnull": False})
    count = known.count() if start >= FAR else total
    ids = []
    if start < count:
        ids = _slice(known, path, start, PAGE_SIZE, count if start >= FAR else 0, is_down=is_down)
    if (missing := min(PAGE_SIZE, total - start) - len(ids)) > 0:
        count = count if start >= FAR else known.count()
        rest = accounts.filter(**{f"{path}__isnull": True})
        ids += _slice(rest, "name", max(0, start - count), missing, total - count, is_down=False)
    return ids


def _slice(
    accounts: AccountQuerySet, path: str, start: int, length: int, total: int, *, is_down: bool
) -> list[int]:
    """Rows of an order without empty figures; what lies far behind the middle is found from the end."""
    if start < FAR or start <= total // 2:
        found = accounts.order_by(*ordering(path, is_down=is_down, is_known=True))
        return list(found.values_list("pk", flat=True)[start : start + length])
    length = min(length, total - start)
    end = total - start - length
    found = accounts.order_by(*ordering(path, is_down=is_down, is_known=True)).reverse()
    return list(found.values_list("pk", flat=True)[end : end + length])[::-1]
