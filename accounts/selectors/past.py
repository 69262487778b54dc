"""Accounts as the program knew them at past moments: today's rows, and what the change log says they were before.

Of an account that was not in the program yet, what is first known of it speaks, and deals and nos by their own dates.
Fit, tier and phase are kept elsewhere and are not the log's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from abmops.lib.choices import Outcome
from accounts.domain.course import BEGINNING, Course
from accounts.domain.quarantine import HeldBy, Hold, after_loss
from accounts.models import Account, Change, Contact, ContactOptOut, ListPolicy, Opportunity, Quarantine, User
from accounts.selectors.target_list import list_policy

_COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Account: ("name", "lifecycle", "industry", "country", "owner_id", "territory_id"),
    Contact: (
        "account_id", "name", "title", "role", "persona", "seniority", "influence", "do_not_contact", "erased_at",
    ),
    ContactOptOut: ("contact_id", "channel", "at"),
    Opportunity: (
        "account_id", "external_id", "name", "opened_at", "closed_at", "outcome", "created_at",
    ),
    Quarantine: ("account_id", "starts_at", "until", "reason", "by_id", "lifted_at"),
}  # fmt: skip
_OF_ACCOUNT = {Account: "pk", ContactOptOut: "contact__account"}
_MOMENTS = frozenset(
    {"at", "erased_at", "opened_at", "closed_at", "created_at", "starts_at", "until", "lifted_at"}
)


@dataclass(frozen=True, slots=True)
class RowPast:
    """One row over time: what each column said, and the spans `[from, to)` in which the row was there."""

    id: int
    columns: Mapping[str, Course[Any]]
    spans: tuple[tuple[datetime, datetime | None], ...] = ((BEGINNING, None),)

    def was_there(self, at: datetime) -> bool:
        """Whether the program had the row then."""
        return any(begins <= at and (ends is None or at < ends) for begins, ends in self.spans)

    def said(self, column: str, at: datetime) -> Any:
        """What the column said then; where the row was not there yet, what it said first."""
        return self.columns[column].at(at)

    @property
    def changes(self) -> set[datetime]:
        """Every moment at which something of it changed."""
        found = {moment for course in self.columns.values() for moment in course.changes}
        found |= {moment for span in self.spans for moment in span if moment is not None}
        return found - {BEGINNING}


@dataclass(frozen=True, slots=True)
class AccountPast:
    """One account over time, with its people, their nos, its deals and the holds that people put on it."""

    row: RowPast
    contacts: tuple[RowPast, ...] = ()
    opt_outs: Mapping[int, tuple[RowPast, ...]] = field(default_factory=dict)
    deals: tuple[RowPast, ...] = ()
    holds: tuple[RowPast, ...] = ()

    def was_here(self, at: datetime) -> bool:
        """Whether the account was in the program then."""
        return self.row.was_there(at)

    def knew(self, row: RowPast, at: datetime) -> bool:
        """Whether a row of the account speaks of it at that moment."""
        if "account_id" in row.columns and row.said("account_id", at) != self.row.id:
            return False
        return row.was_there(at) or not self.was_here(at)

    def people(self, at: datetime) -> list[tuple[RowPast, frozenset[str]]]:
        """Who was known there then, each with the channels that they had said no to."""
        found = []
        for one in self.contacts:
            erased = one.said("erased_at", at)
            if not self.knew(one, at) or (erased is not None and erased <= at):
                continue
            noes = (
                no.said("channel", at)
                for no in self.opt_outs.get(one.id, ())
                if no.was_there(at) or (not self.was_here(at) and no.said("at", at) <= at)
            )
            found.append((one, frozenset(noes)))
        return found

    def held_back(self, at: datetime, *, days: int, names: Mapping[int, str]) -> list[Hold]:
        """What held it back then, by the rules of `target_list.holds_of`. `days`: how long a lost deal did."""
        found = [
            hold
            for deal in self.deals
            if self.knew(deal, at) and (hold := self._of_deal(deal, at, days)) is not None
        ]
        for one in self.holds:
            begins, ends, lifted = (one.said(name, at) for name in ("starts_at", "until", "lifted_at"))
            is_over = (ends is not None and ends <= at) or (lifted is not None and lifted <= at)
            if self.knew(one, at) and begins <= at and not is_over:
                by = names.get(one.said("by_id", at), "")
                found.append(
                    Hold(self.row.id, HeldBy.PERSON, begins, ends, one.said("reason", at), by, one.id)
                )
        return found

    def _of_deal(self, deal: RowPast, at: datetime, days: int) -> Hold | None:
        opened, closed = deal.said("opened_at", at), deal.said("closed_at", at)
        what = deal.said("name", at) or deal.said("external_id", at)
        if closed is None or (closed > at and not deal.was_there(at)):
            if opened is None and not deal.was_there(at):
                return None
            since = opened or deal.said("created_at", at)
            is_open = opened is None or opened <= at
            return Hold(self.row.id, HeldBy.OPEN_DEAL, since, None, what, "", deal.id) if is_open else None
        until = after_loss(closed, days)
        if deal.said("outcome", at) != Outcome.LOST or not closed <= at < until:
            return None
        return Hold(self.row.id, HeldBy.LOST_DEAL, closed, until, what, "", deal.id)

    def changes(self, *, days: Course[int]) -> set[datetime]:
        """Every moment at which what it was, whom it knew or what held it back may have changed."""
        rows = (self.row, *self.contacts, *self.deals, *self.holds)
        found = {moment for row in rows for moment in row.changes}
        found |= {moment for noes in self.opt_outs.values() for no in noes for moment in _dated(no, "at")}
        found |= {moment for noes in self.opt_outs.values() for no in noes for moment in no.changes}
        for deal in self.deals:
            closings = _dated(deal, "closed_at")
            found |= _dated(deal, "opened_at") | closings
            found |= {after_loss(moment, each) for moment in closings for each in set(days.values)}
        for one in self.holds:
            found |= _dated(one, "starts_at") | _dated(one, "until") | _dated(one, "lifted_at")
        return found | set(days.changes) if self.deals else found


def _dated(row: RowPast, column: str) -> set[datetime]:
    return {moment for moment in row.columns[column].values if moment is not None}


def pasts_of(accounts: Collection[int], *, since: datetime) -> dict[int, AccountPast]:
    """What the program knew of these accounts at any moment from `since` on. Six queries, however many there are."""
    ids = list(accounts)
    logged = _logged(ids, since=since)
    rows = {model: _rows(model, ids, logged[model._meta.db_table]) for model in _COLUMNS}  # noqa: SLF001
    opt_outs: dict[int, list[RowPast]] = defaultdict(list)
    for no in rows[ContactOptOut]:
        opt_outs[no.columns["contact_id"].last].append(no)
    contacts, deals, holds = (_by_account(rows[model]) for model in (Contact, Opportunity, Quarantine))
    return {
        row.id: AccountPast(
            row=row,
            contacts=tuple(contacts.get(row.id, ())),
            opt_outs={
                one.id: tuple(opt_outs[one.id]) for one in contacts.get(row.id, ()) if one.id in opt_outs
            },
            deals=tuple(deals.get(row.id, ())),
            holds=tuple(holds.get(row.id, ())),
        )
        for row in rows[Account]
    }


def quarantine_days(*, since: datetime) -> Course[int]:
    """How many days a lost deal held an account back, at any moment from `since` on. Two queries."""
    today = list_policy()
    rows = Change.objects.filter(
        table=ListPolicy._meta.db_table,  # noqa: SLF001
        row_id=today.pk,
        change_set__at__gt=since,
        before__has_key="quarantine_days",
    )
    told = rows.order_by("change_set__at", "pk").values_list("change_set__at", "before__quarantine_days")
    return Course(today.quarantine_days, tuple(told))


def names_of(people: Iterable[int | None]) -> dict[int, str]:
    """What these users are called. One query."""
    rows = User.objects.filter(pk__in={pk for pk in people if pk is not None})
    return {user.pk: str(user) for user in rows.only("name", "email")}


_Logged = tuple[datetime, str, Mapping[str, Any]]


def _logged(ids: Sequence[int], *, since: datetime) -> dict[str, dict[int, list[_Logged]]]:
    """Table -> row -> (moment, kind of write, what the row said before), oldest first."""
    rows = (
        Change.objects.filter(
            account_id__in=ids,
            table__in=[model._meta.db_table for model in _COLUMNS],  # noqa: SLF001
            change_set__at__gt=since,
        )
        .order_by("change_set__at", "pk")
        .values_list("table", "row_id", "change_set__at", "op", "before")
    )
    found: dict[str, dict[int, list[_Logged]]] = defaultdict(lambda: defaultdict(list))
    for table, row_id, at, op, before in rows:
        found[table][row_id].append((at, op, before or {}))
    return found


def _rows(model: type[Model], ids: Sequence[int], logged: Mapping[int, list[_Logged]]) -> list[RowPast]:
    """Today's rows and those that are gone since, each with its past."""
    columns = _COLUMNS[model]
    today = model._default_manager.filter(**{f"{_OF_ACCOUNT.get(model, 'account')}__in": ids})  # noqa: SLF001
    found = []
    there = set()
    for pk, *values in today.order_by("pk").values_list("pk", *columns):
        there.add(pk)
        found.append(_past(pk, dict(zip(columns, values, strict=True)), logged.get(pk, ()), is_there=True))
    for pk, lines in logged.items():
        gone = next((before for _, op, before in reversed(lines) if op == Change.Op.REMOVED), None)
        if pk not in there and gone is not None:
            last = {column: _value(column, gone.get(column)) for column in columns}
            found.append(_past(pk, last, lines, is_there=False))
    return found


def _past(pk: int, last: Mapping[str, Any], lines: Iterable[_Logged], *, is_there: bool) -> RowPast:
    until: dict[str, list[tuple[datetime, Any]]] = defaultdict(list)
    spans: list[tuple[datetime, datetime | None]] = []
    begins: datetime | None = BEGINNING
    for place, (at, op, before) in enumerate(lines):
        if op == Change.Op.MADE:
            begins = at if place == 0 or begins is None else begins
            continue
        for column in last:
            if column in before:
                until[column].append((at, _value(column, before[column])))
        if op == Change.Op.REMOVED and begins is not None:
            spans.append((begins, at))
            begins = None
    if is_there:
        spans.append((begins or BEGINNING, None))
    return RowPast(
        pk,
        {column: Course(value, tuple(until.get(column, ()))) for column, value in last.items()},
        tuple(spans),
    )


def _value(column: str, said: Any) -> Any:
    """A value of the log as the database gives it."""
    return datetime.fromisoformat(said) if column in _MOMENTS and isinstance(said, str) else said


def _by_account(rows: Iterable[RowPast]) -> dict[int, list[RowPast]]:
    found: dict[int, list[RowPast]] = defaultdict(list)
    for row in rows:
        found[row.columns["account_id"].last].append(row)
    return found
