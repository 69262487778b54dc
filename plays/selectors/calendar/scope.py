"""Whose calendar, and which days of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from plays.domain import hours

MOST: Final = 3_000
"""Entries of a kind that a page reads; a month with more is to be narrowed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calendar: a person's, some accounts', or everybody's. A person's holds what they owe and their accounts."""

    person_id: int | None = None
    account_ids: frozenset[int] | None = None

    def accounts(self, path: str) -> Q:
        """The accounts in scope, by a path to them."""
        found = Q() if self.account_ids is None else Q(**{f"{path}__in": self.account_ids})
        return found & Q(**{f"{path}__owner": self.person_id}) if self.person_id is not None else found

    def owed(self) -> Q:
        """What is owed in scope: by the person, on the accounts."""
        found = Q() if self.account_ids is None else Q(account__in=self.account_ids)
        return found & Q(owner=self.person_id) if self.person_id is not None else found

    def planned(self) -> Q:
        """Steps in scope: of enrollments on the accounts, or handed to the person."""
        found = self.accounts("enrollment__account")
        if self.person_id is None:
            return found
        handed = Q(enrollment__handed_to=self.person_id)
        if self.account_ids is not None:
            handed &= Q(enrollment__account__in=self.account_ids)
        return found | handed


@dataclass(frozen=True, slots=True)
class Span:
    """Local days of a reader, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def starts(self) -> datetime:
        """The first moment of the span, in the reader's zone."""
        return hours.at_local(self.first, time(0), self.zone)

    @property
    def ends(self) -> datetime:
        """The first moment after the span, in the reader's zone."""
        return hours.at_local(self.last + timedelta(days=1), time(0), self.zone)

    def day(self, moment: datetime) -> date:
        """The day on the reader's wall."""
        return moment.astimezone(self.zone).date()
