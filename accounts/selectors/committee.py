"""One account's committee: its people with what is known of each, and the parts that nobody plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from abmops.lib import engagement
from accounts.domain.committee import (
    ENGAGED_DAYS,
    TARGET,
    WANTED_ROLES,
    Branch,
    Picture,
    chart,
    fitting_roles,
    picture,
)
from accounts.models import Account, Contact, Touch
from accounts.selectors.account_list import ROLE_NAMES

ENGAGED_FOR = timedelta(days=ENGAGED_DAYS)


@dataclass(frozen=True, slots=True)
class Member:
    """A contact with when they were last touched and last heard from, and whether that makes them engaged."""

    contact: Contact
    touched_at: datetime | None
    heard_at: datetime | None
    is_engaged: bool

    @property
    def may_be_mailed(self) -> bool:
        """Whether an e-mail may be proposed."""
        return bool(self.contact.email) and not self.contact.refuses("email")


@dataclass(frozen=True, slots=True)
class Seat:
    """A part in the decision: who plays it, or who might."""

    role: str
    name: str
    holders: tuple[Member, ...]
    might: tuple[Contact, ...]

    @property
    def is_missing(self) -> bool:
        """Whether a wanted part is played by nobody."""
        return not self.holders and self.role in WANTED_ROLES


@dataclass(frozen=True, slots=True)
class Map:
    """One account's committee, whole. `erased` counts the rows that are left of erased people."""

    members: tuple[Member, ...]
    seats: tuple[Seat, ...]
    branches: list[Branch[Contact]]
    picture: Picture[Contact]
    by_contact: dict[int, Member]
    erased: int

    @property
    def size(self) -> int:
        """How many people are known."""
        return len(self.members)

    @property
    def missing(self) -> tuple[Seat, ...]:
        """The parts that nobody plays."""
        return tuple(seat for seat in self.seats if seat.is_missing)

    @property
    def last_seen(self) -> dict[int, datetime]:
        """When each was last touched or heard from."""
        moments = {
            member.contact.pk: [at for at in (member.touched_at, member.heard_at) if at is not None]
            for member in self.members
        }
        return {contact: max(each) for contact, each in moments.items() if each}

    @property
    def engaged(self) -> int:
        """How many are engaged."""
        return sum(member.is_engaged for member in self.members)

    @property
    def wanted(self) -> int:
        """How many more people are wanted, up to the least of the target."""
        return max(0, TARGET[0] - len(self.members))


def map_of(account: Account, *, now: datetime) -> Map:
    """Everything the map shows, in four queries and one for each app that hears from contacts."""
    every = list(
        account.contacts.select_related("reports_to").prefetch_related("opt_outs").order_by("name", "pk")
    )
    people = [one for one in every if one.erased_at is None]
    people.sort(key=lambda person: -(person.influence or 0))
    touched = _newest(Touch.objects.filter(account=account, contact__isnull=False, occurred_at__lt=now))
    since = now - ENGAGED_FOR
    heard: dict[int, datetime] = {}
    for rows in engagement.sources(since, now):
        for contact, at in _newest(rows.filter(account=account)).items():
            heard[contact] = max(at, heard.get(contact, at))
    members = tuple(
        Member(
            one,
            touched.get(one.pk),
            heard.get(one.pk),
            _is_since(since, touched.get(one.pk), heard.get(one.pk)),
        )
        for one in people
    )
    branches = chart(people)
    return Map(
        members=members,
        seats=tuple(_seat(role, members) for role in ROLE_NAMES),
        branches=branches,
        picture=picture(branches),
        by_contact={member.contact.pk: member for member in members},
        erased=len(every) - len(people),
    )


def _newest(rows: QuerySet[Any]) -> dict[int, datetime]:
    return dict(rows.order_by().values_list("contact").annotate(newest=Max("occurred_at")))


def _is_since(since: datetime, *moments: datetime | None) -> bool:
    return any(at is not None and at >= since for at in moments)


def _seat(role: str, members: Sequence[Member]) -> Seat:
    holders = tuple(member for member in members if member.contact.role == role)
    might = tuple(
        member.contact
        for member in members
        if not member.contact.role and role in fitting_roles(member.contact.title)
    )
    return Seat(role, ROLE_NAMES[role], holders, () if holders else might)
