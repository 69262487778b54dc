"""Accounts with holes, and the people they miss, as files that are filled and imported again: the columns are the
import's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from accounts.domain.tables.fields import fields_of
from accounts.models import AccountDomain, AccountExternalId
from accounts.selectors.account_list import ROLE_NAMES
from accounts.selectors.gaps import Line, Wanted, accounts_of, in_slices, lines

# Left out: what a person outside cannot know, and what would overwrite a decision of ours.
_LEFT_OUT = frozenset({"lifecycle", "owner", "parent_domain"})
_SLICE = 1_000


def columns() -> list[tuple[str, str]]:
    """Field and title, as the import of accounts offers them."""
    return [
        (field.name, field.title)
        for field in fields_of("accounts")
        if not field.open and field.name not in _LEFT_OUT
    ]


def header(systems: Sequence[str]) -> list[str]:
    """The titles, and a column of ids for each system that knows one of the accounts."""
    return [*(title for _, title in columns()), *(f"external_ids.{system}" for system in systems)]


def systems_of(wanted: Wanted, *, user: Any, now: datetime) -> list[str]:
    """The systems that know any account that was asked for."""
    del now
    rows = AccountExternalId.objects.filter(account__in=accounts_of(wanted, user=user))
    return sorted(set(rows.order_by().values_list("system", flat=True).distinct()))


def rows(wanted: Wanted, systems: Sequence[str], *, user: Any, now: datetime) -> Iterator[list[Any]]:
    """The accounts in the order asked for, what is missing left empty. A slice at a time, three queries each."""
    start = 0
    while part := lines(wanted, user=user, now=now, start=start, limit=_SLICE):
        yield from _cells(part, systems)
        start += _SLICE


def _cells(part: Sequence[Line], systems: Sequence[str]) -> Iterator[list[Any]]:
    ids = [line.account.pk for line in part]
    other: dict[int, list[str]] = {}
    for pk, domain in AccountDomain.objects.filter(account__in=ids).values_list("account_id", "domain"):
        other.setdefault(pk, []).append(domain)
    known = {
        (pk, system): value
        for pk, system, value in AccountExternalId.objects.filter(account__in=ids)
        .order_by("pk")
        .values_list("account_id", "system", "value")
    }
    for line in part:
        account = line.account
        values: dict[str, Any] = {
            "domains": "; ".join(one for one in other.get(account.pk, ()) if one != account.domain),
            "technologies": "; ".join(account.technologies),
            "annual_revenue": ""
            if account.annual_revenue is None
            else f"{account.annual_revenue.normalize():f}",
        }
        yield [
            *(values.get(name, getattr(account, name, "")) for name, _ in columns()),
            *(known.get((account.pk, system), "") for system in systems),
        ]


_PEOPLE = ("email", "name", "title", "phone", "account_domain", "role")


def people_header() -> list[str]:
    """The titles of the import of contacts, as far as somebody outside can fill them."""
    titles = {field.name: field.title for field in fields_of("contacts")}
    return [titles[name] for name in _PEOPLE]


def people_rows(wanted: Wanted, *, user: Any, now: datetime) -> Iterator[list[Any]]:
    """A line a part that nobody plays, with the account's domain and the part filled in; those without a domain are
    left out, since no line of theirs could come back."""
    for line in in_slices(wanted, user=user, now=now):
        for hole in line.holes:
            role = hole.gap.key.removeprefix("role:")
            chosen = not wanted.gaps or hole.gap.key in wanted.gaps
            if role != hole.gap.key and chosen and line.account.domain:
                yield ["", "", "", "", line.account.domain, ROLE_NAMES[role]]
