"""Suggested duplicates and past merges, as their pages and the API show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from accounts.models import Account, Contact, DuplicatePair, DuplicateScan, Merge, Opportunity, User


@dataclass(frozen=True, slots=True)
class Side:
    """One account of a pair, and how much there is of it."""

    account: Account
    contacts: int
    deals: int
    domains: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A suggestion with both accounts side by side; `keep` and `give` in the order that a merge would propose."""

    pair: DuplicatePair
    first: Side
    second: Side
    keep: int
    give: int


def pairs(user: User, *, state: str, q: str = "", same_country: bool = False) -> QuerySet[DuplicatePair]:
    """Suggestions in a state, as narrowed."""
    rows = DuplicatePair.objects.filter(state=state).select_related(
        "first__owner", "second__owner", "decided_by"
    )
    rows = rows.filter(first__in=Account.objects.visible_to(user))
    if q:
        rows = rows.filter(
            Q(first__name__icontains=q)
            | Q(second__name__icontains=q)
            | Q(first__domain__icontains=q)
            | Q(second__domain__icontains=q)
        )
    if same_country:
        rows = rows.exclude(first__country="").filter(first__country=F("second__country"))
    return rows


def shown(rows: Iterable[DuplicatePair]) -> list[Shown]:
    """Suggestions with what is known of both accounts: three queries for all of them."""
    listed = list(rows)
    ids = {pk for row in listed for pk in (row.first_id, row.second_id)}
    contacts = _counts(Contact.objects.filter(account__in=ids))
    deals = _counts(Opportunity.objects.filter(account__in=ids))
    domains: dict[int, list[str]] = {}
    for account in Account.objects.filter(pk__in=ids).prefetch_related("domains").only("id"):
        domains[account.pk] = [row.domain for row in account.domains.all()]
    result = []
    for row in listed:
        one, other = (
            Side(account, contacts.get(account.pk, 0), deals.get(account.pk, 0), domains.get(account.pk, []))
            for account in (row.first, row.second)
        )
        keep = one if _weight(one) >= _weight(other) else other
        give = other if keep is one else one
        result.append(Shown(row, one, other, keep.account.pk, give.account.pk))
    return result


def merges(user: User, *, q: str = "", standing: bool = False) -> QuerySet[Merge]:
    """Past merges, newest first."""
    rows = Merge.objects.filter(winner__in=Account.objects.visible_to(user)).select_related(
        "winner", "by", "undone_by"
    )
    if q:
        rows = rows.filter(Q(loser_name__icontains=q) | Q(winner__name__icontains=q))
    if standing:
        rows = rows.filter(undone_at__isnull=True)
    return rows.defer("loser", "moved").order_by("-at", "-id")


def open_count(user: User, _now: datetime) -> int:
    """How many suggestions wait."""
    return DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).count()


def last_scan() -> DuplicateScan | None:
    """The last look for duplicates."""
    return DuplicateScan.objects.order_by("-id").first()


def findable(user: User, q: str, *, other_than: int) -> list[Account]:
    """Accounts to merge with, by words of their name or a domain: at most twenty."""
    if not q.strip():
        return []
    rows = Account.objects.visible_to(user).exclude(pk=other_than).select_related("owner")
    return list(
        rows.filter(Q(name__icontains=q) | Q(domains__domain__icontains=q))
        .distinct()
        .order_by("name", "id")[:20]
    )


def heir(account_id: int) -> int | None:
    """The account that this id leads to since its own was merged away."""
    rows = Account.objects.filter(aliases__old_id=account_id)
    return rows.values_list("pk", flat=True).first()


def called(accounts: QuerySet[Account], pk: int) -> Account | None:
    """The one of these accounts that has this id, or that an account of this id became part of."""
    return accounts.filter(pk=pk).first() or accounts.filter(aliases__old_id=pk).first()


def _weight(side: Side) -> tuple[bool, int, int, int]:
    """Which account stays is proposed by the list, then by how much is known."""
    return (side.account.is_target, side.deals, side.contacts, -side.account.pk)


def _counts(rows: QuerySet[Contact] | QuerySet[Opportunity]) -> dict[int, int]:
    return dict(rows.values_list("account").annotate(Count("pk")).order_by())
