"""Choosing accounts on the page of a form, without JavaScript: search, tick, and the chosen stay."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from abmops.ui import typed
from accounts.models import Account, AccountDomain, AccountQuerySet, User

AT_ONCE = 500
FOUND = 20


@dataclass(frozen=True, slots=True)
class Choosing:
    """What has been chosen, and what the search found beside it."""

    q: str
    chosen: list[Account]
    found: list[Account]
    has_more: bool
    left_out: int

    @property
    def ids(self) -> list[int]:
        """The ids of the chosen."""
        return [account.pk for account in self.chosen]


def choosing(request: HttpRequest, user: User, *, editable: bool = True) -> Choosing:
    """Read `pick` and `q` of the address or the form. What the person may not change, or see, is left out."""
    asked = request.POST if request.method == "POST" else request.GET
    picked = set(typed.row_ids(asked.getlist("pick")))
    open_to = Account.objects.editable_by(user) if editable else Account.objects.visible_to(user)
    rows = open_to.filter(pk__in=sorted(picked)[:AT_ONCE]).select_related("owner")
    chosen = list(rows.order_by("name", "pk"))
    q = request.GET.get("q", "").strip()[:120]
    found = list(named(open_to, q).exclude(pk__in=picked).select_related("owner")[: FOUND + 1]) if q else []
    return Choosing(q, chosen, found[:FOUND], len(found) > FOUND, len(picked) - len(chosen))


def named(accounts: AccountQuerySet, q: str) -> AccountQuerySet:
    """Those with this in their name or in one of their domains, by name."""
    domains = AccountDomain.objects.filter(account=OuterRef("pk"), domain__contains=q.lower())
    return accounts.filter(Q(name__icontains=q) | Q(Exists(domains))).order_by("name", "pk")
