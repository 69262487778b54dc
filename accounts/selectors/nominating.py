"""Nominations as the list's owner reads them: what each side asks, and what is known of the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from abmops.lib import columns
from accounts.domain.fit import Contribution, fit_of
from accounts.models import Account, AccountDomain, Nomination, User
from accounts.selectors.fit import companies, criteria_in_force
from accounts.selectors.target_list import why_held

EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A nomination, what the other side says of the account, and the figures and reasons behind it."""

    nomination: Nomination
    others: tuple[Nomination, ...]
    figures: tuple[tuple[str, columns.Cell], ...]
    evidence: tuple[Contribution, ...]
    held: str

    @property
    def is_agreed(self) -> bool:
        """Whether the other side asks for the same tier."""
        return any(other.tier == self.nomination.tier for other in self.others)

    @property
    def differing(self) -> tuple[Nomination, ...]:
        """What the other side asks for where it is another tier."""
        return tuple(other for other in self.others if other.tier != self.nomination.tier)


def nominations(user: User) -> QuerySet[Nomination]:
    """Those of accounts that the person may see."""
    rows = Nomination.objects.filter(account__in=Account.objects.visible_to(user))
    return rows.select_related("account__owner", "by", "decided_by")


def narrowed(
    rows: QuerySet[Nomination],
    *,
    state: str = "",
    sides: Sequence[str] = (),
    q: str = "",
    agreed: bool = False,
) -> QuerySet[Nomination]:
    """By state, side and words; `agreed`: only where the other side asks for the same tier."""
    if state:
        rows = rows.filter(state=state)
    if sides:
        rows = rows.filter(side__in=sides)
    if q:
        known = AccountDomain.objects.filter(domain__contains=q.lower()).values("account")
        rows = rows.filter(Q(account__name__icontains=q) | Q(account__in=known))
    if agreed:
        same = Nomination.objects.filter(
            account=OuterRef("account"), tier=OuterRef("tier"), state=OuterRef("state")
        )
        rows = rows.filter(Exists(same.exclude(side=OuterRef("side"))))
    return rows


def with_evidence(rows: Sequence[Nomination], *, now: datetime) -> list[Shown]:
    """The rows of one page with their figures; a fixed number of queries, and one for each column of an upper app."""
    accounts = {row.account_id: row.account for row in rows}
    ids = list(accounts)
    others: dict[int, list[Nomination]] = {}
    for row in Nomination.objects.filter(account__in=ids, state=Nomination.State.OPEN).select_related("by"):
        others.setdefault(row.account_id, []).append(row)
    criteria = criteria_in_force()
    listed = list(accounts.values())
    seen = companies(listed, criteria, now=now) if criteria and listed else []
    fits = {account.pk: fit_of(company, criteria) for account, company in zip(listed, seen, strict=False)}
    cells = [(column.title, column.cells(ids, now)) for column in columns.registered() if column.numeric]
    held = why_held([pk for pk, account in accounts.items() if not account.is_target], now=now)
    return [
        Shown(
            nomination=row,
            others=tuple(
                other
                for other in others.get(row.account_id, ())
                if other.pk != row.pk and row.state == Nomination.State.OPEN
            ),
            figures=_figures(row.account, cells),
            evidence=fits[row.account_id].contributions[:EVIDENCE] if row.account_id in fits else (),
            held=held.get(row.account_id, "") if row.state == Nomination.State.OPEN else "",
        )
        for row in rows
    ]


def _figures(
    account: Account, cells: Sequence[tuple[str, Mapping[int, columns.Cell]]]
) -> tuple[tuple[str, columns.Cell], ...]:
    fit = columns.Cell(f"{account.fit:.0f}", plain=round(account.fit, 1))
    return (("Fit", fit), *((title, found[account.pk]) for title, found in cells if account.pk in found))
