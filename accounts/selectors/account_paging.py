"""One page of the accounts list, found by its ids alone.

Measured with 100,000 accounts: few accounts are found first and sorted then; many are counted, and their page is walked
to along the order of an index, which is there only where the figure that is sorted by is never empty, so those without
it are asked for apart, behind the others. A page far down is found from the nearer end, and where many share a value
(an owner, a phase) the values are counted and only those on the page are sorted.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F

from accounts.models import Account, AccountQuerySet, User
from accounts.selectors.account_list import ALWAYS_THERE, Wanted, narrowed, order_of, ordering

PAGE_SIZE = 50
# From this many accounts on the ways for many are worth it.
FAR = 5_000
# Figures of which there are few, each with many accounts.
SHARED = frozenset(
    {"owner__name", "territory__name", "phase", "lifecycle", "industry", "country", "tier", "figures__gaps"}
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page of `matching`: its accounts' ids in order, its number, and how many accounts there are in all."""

    ids: list[int]
    number: int
    total: int


def page_of(wanted: Wanted, *, user: User, now: datetime, number: int, total: int | None = None) -> Stretch:
    """A page; one past the end is the last. `total` where it is known already."""
    accounts = narrowed(wanted, user=user, now=now)
    path, is_down = order_of(wanted)
    few: list[int] | None = None
    if total is None or total <= FAR:
        ids = list(accounts.values_list("pk", flat=True)[: FAR + 1])
        few = ids if len(ids) <= FAR else None
        total = len(ids) if few is not None else accounts.count()
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    start, length = (number - 1) * PAGE_SIZE, PAGE_SIZE
    if few is not None:
        sorted_few = Account.objects.filter(pk__in=few).order_by(*ordering(path, is_down=is_down))
        return Stretch(list(sorted_few.values_list("pk", flat=True)[start : start + length]), number, total)
    length = min(length, total - start)
    return Stretch(_of_many(accounts, path, start, length, total, is_down=is_down), number, total)


def _of_many(
    accounts: AccountQuerySet, path: str, start: int, length: int, total: int, *, is_down: bool
) -> list[int]:
    """Those that have the figure, then the others by name."""
    if path in ALWAYS_THERE:
        return _slice(accounts, path, start, length, total, is_down=is_down)
    known = accounts.filter(**{f"{path}__isnull": False})
    # How many have it is only asked where the page may lie behind them.
    count = known.count() if start >= FAR else None
    ids: list[int] = []
    if count is None or start < count:
        ids = _slice(known, path, start, length, count, is_down=is_down)
    if (missing := length - len(ids)) > 0:
        count = known.count() if count is None else count
        rest = accounts.filter(**{f"{path}__isnull": True})
        ids += _slice(rest, "name", max(0, start - count), missing, total - count, is_down=False)
    return ids


def _slice(
    accounts: AccountQuerySet, path: str, start: int, length: int, total: int | None, *, is_down: bool
) -> list[int]:
    """Rows of an order without empty figures, `total` of them."""
    if path in SHARED:
        return _shared(accounts, path, start, length, is_down=is_down)
    found = accounts.order_by(*ordering(path, is_down=is_down, is_known=True)).values_list("pk", flat=True)
    if total is None or start < FAR or start <= total // 2:
        return list(found[start : start + length])
    length = min(length, total - start)
    end = total - start - length
    return list(found.reverse()[end : end + length])[::-1]


def _shared(accounts: AccountQuerySet, path: str, start: int, length: int, *, is_down: bool) -> list[int]:
    """The values in their order with their sizes, then the rows of those values that reach into the page."""
    order = F(path).desc() if is_down else F(path).asc()
    sizes = accounts.order_by().values_list(path).annotate(n=Count("pk")).order_by(order)
    values: list[object] = []
    passed = before = 0
    for value, size in sizes:
        if passed + size > start and passed < start + length:
            before = before if values else start - passed
            values.append(value)
        passed += size
    found = accounts.filter(**{f"{path}__in": values}).order_by(
        *ordering(path, is_down=is_down, is_known=True)
    )
    return list(found.values_list("pk", flat=True)[before : before + length])
