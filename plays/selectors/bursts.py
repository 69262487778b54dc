"""Reads over bursts: whom an audience names, what is about to run on somebody's accounts, and what rests in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from accounts.models import Account, AccountEvent, User
from plays.domain import meeting as booked
from plays.domain.resting import Rest
from plays.models import Burst, BurstAccount, Pause
from plays.selectors import meetings
from plays.selectors.pauses import accounts_at_rest


def audience_of(audience: Mapping[str, Any]) -> QuerySet[Account]:
    """The accounts that an audience names: `domains`, or `tiers, territories, phases, lifecycles` of the list."""
    rows = Account.objects.select_related("territory", "owner").order_by("name", "pk")
    if domains := audience.get("domains"):
        return rows.filter(domains__domain__in=[str(one).strip().lower() for one in domains]).distinct()
    rows = rows.filter(is_target=True)
    for name, path in (
        ("tiers", "tier__in"),
        ("territories", "territory__slug__in"),
        ("phases", "phase__in"),
        ("lifecycles", "lifecycle__in"),
    ):
        if wanted := audience.get(name):
            rows = rows.filter(**{path: wanted})
    return rows


@dataclass(frozen=True, slots=True)
class Ahead:
    """A burst that runs on somebody's accounts, or is about to."""

    burst: Burst
    accounts: int
    is_running: bool


def ahead_of(person: User, *, today: date, days: int = 7, limit: int = 6) -> list[Ahead]:
    """Bursts that run on the person's own accounts today or begin within a week, the next first; one query."""
    theirs = Q(members__account__owner=person, members__left_at__isnull=True)
    rows = (
        Burst.objects.standing()
        .within(today, today + timedelta(days=days))
        .annotate(n=Count("members", filter=theirs))
        .filter(n__gt=0)
        .order_by("starts_on", "pk")[:limit]
    )
    return [Ahead(burst, getattr(burst, "n", 0), burst.starts_on <= today) for burst in rows]


@dataclass(frozen=True, slots=True)
class Resting:
    """The meetings that are ahead on some accounts, and the pauses that are on."""

    ahead: Mapping[int, booked.Ahead]
    paused: Mapping[int, Rest]

    @classmethod
    def of(cls, account_ids: Collection[int], *, now: datetime) -> Resting:
        """Which of these accounts rest in bursts, by a meeting ahead or by a pause. Two queries."""
        return cls(meetings.ahead(account_ids, now=now), accounts_at_rest(account_ids))

    def in_burst(self, account_ids: Collection[int], *, on: date, zone: ZoneInfo) -> dict[int, str]:
        """Account -> why it rests in a burst of which `on` is the first day, and until when.

        A meeting or a pause that is over before the burst begins makes nothing rest in it.
        """
        said = {pk: self._why(pk, on=on, zone=zone) for pk in account_ids}
        return {pk: why for pk, why in said.items() if why}

    def _why(self, account_id: int, *, on: date, zone: ZoneInfo) -> str:
        meeting, rest = self.ahead.get(account_id), self.paused.get(account_id)
        if rest is not None and (rest.until is None or rest.until.astimezone(zone).date() >= on):
            return rest.sentence
        if meeting is not None and meeting.over_at.astimezone(zone).date() >= on:
            return meeting.rest(zone)
        return ""


@dataclass(frozen=True, slots=True)
class Part:
    """An account's part in a burst, in words: what it waits for, that it rests, or why it has left."""

    member: BurstAccount
    rests: str = ""

    @property
    def state(self) -> str:
        """`left`, `rests`, `reached` or `waits`, in the order in which it is said."""
        if self.member.left_at is not None:
            return "left"
        if self.rests:
            return "rests"
        return "reached" if self.member.begun_at is not None else "waits"


def parts_of(
    burst: Burst, members: Collection[BurstAccount], resting: Resting, *, zone: ZoneInfo
) -> list[Part]:
    """Rows of one burst with what rests among them."""
    staying = [member.account_id for member in members if member.left_at is None]
    why = resting.in_burst(staying, on=burst.starts_on, zone=zone)
    return [Part(member, why.get(member.account_id, "")) for member in members]


def at_rest(bursts: Collection[Burst], *, zone: ZoneInfo, now: datetime) -> dict[int, int]:
    """Burst -> how many of its accounts rest for a meeting or a pause; one that is over or called off has none. Three
    queries, however many bursts and accounts there are; none where none is left.
    """
    today = now.astimezone(zone).date()
    running = {one.pk: one for one in bursts if one.cancelled_at is None and one.ends_on >= today}
    if not running:
        return {}
    booked_lately = AccountEvent.objects.standing().filter(
        kind=AccountEvent.Kind.MEETING_BOOKED, at__gte=now - booked.BOOKED_AHEAD
    )
    paused = Pause.objects.active().filter(account__isnull=False)
    may_rest = Q(account__in=booked_lately.values("account")) | Q(account__in=paused.values("account"))
    accounts: dict[int, list[int]] = {pk: [] for pk in running}
    rows = BurstAccount.objects.staying().filter(may_rest, burst__in=running)
    for burst, account in rows.values_list("burst", "account"):
        accounts[burst].append(account)
    resting = Resting.of({pk for ids in accounts.values() for pk in ids}, now=now)
    return {
        pk: len(resting.in_burst(ids, on=running[pk].starts_on, zone=zone)) for pk, ids in accounts.items()
    }


def on_account(account: Account, *, zone: ZoneInfo, now: datetime) -> list[Part]:
    """The account's part in every burst that runs or is planned, the next first; three queries, one where there is
    none.
    """
    today = now.astimezone(zone).date()
    members = list(
        BurstAccount.objects.staying()
        .filter(account=account, burst__cancelled_at__isnull=True, burst__ends_on__gte=today)
        .select_related("burst")
        .order_by("burst__starts_on", "pk")
    )
    resting = Resting.of([account.pk] if members else [], now=now)
    return [part for one in members for part in parts_of(one.burst, [one], resting, zone=zone)]
