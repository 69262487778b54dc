"""What stands on the calendar of a person, an account or all: bursts, steps, tasks due, meetings and mailings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from abmops.lib.choices import Channel
from accounts.models import Absence, Account, AccountEvent, Touch, User
from plays.domain import enrollment as life
from plays.domain import hours
from plays.domain.calendar import (
    MAIL_TRANSIT,
    MAIL_WINDOW,
    Clash,
    Entry,
    Kind,
    clashes,
    follow_up_after,
    within_the_window,
)
from plays.domain.definition import PlayDefinition
from plays.models import Burst, BurstAccount, StepRun, Task
from plays.selectors import facts as facts_of
from plays.selectors.library import definition_of

MOST: Final = 3_000
"""Entries of a kind that a page reads; a month with more is to be narrowed."""
BOOKED_AHEAD: Final = timedelta(days=366)
"""No meeting is booked further ahead; see `plays.services.task.outcomes`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calendar: a person's, an account's, or everybody's. A person's holds what they owe and their accounts."""

    person_id: int | None = None
    account_id: int | None = None

    def accounts(self, path: str) -> Q:
        """The accounts in scope, by a path to them."""
        if self.account_id is not None:
            return Q(**{path: self.account_id})
        return Q(**{f"{path}__owner": self.person_id}) if self.person_id is not None else Q()

    def owed(self, path: str = "owner") -> Q:
        """What is owed in scope: by the person, or on the account."""
        if self.account_id is not None:
            return Q(account=self.account_id)
        return Q(**{path: self.person_id}) if self.person_id is not None else Q()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The entries of some days and what clashes among them. `is_cut`: there are more than were read."""

    entries: tuple[Entry, ...]
    clashes: tuple[Clash, ...]
    is_cut: bool = False
    clashing: frozenset[str] = field(default=frozenset())


def sheet(
    scope: Scope, *, first: date, last: date, zone: ZoneInfo, kinds: frozenset[Kind] = frozenset()
) -> Sheet:
    """Everything from one local day to another, both included; nine queries, however much there is.

    Clashes are looked for among everything in scope, before `kinds` narrows what is shown.
    """
    span = hours.at_local(first, time(0), zone), hours.at_local(last + timedelta(days=1), time(0), zone)
    found = [
        *_bursts(scope, first, last),
        *_tasks(scope, span, zone),
        *_steps(scope, span, zone),
        *_sent(scope, first, last, zone),
        *_meetings(scope, span, zone),
    ]
    found.sort(key=lambda entry: (entry.first, entry.kind != "burst", entry.clock, entry.title, entry.pk))
    clashing = clashes(found, away=_away(first, last), touches_per_week=facts_of.policy().touches_per_week)
    return Sheet(
        entries=tuple(entry for entry in found if not kinds or entry.kind in kinds),
        clashes=tuple(clash for clash in clashing if first <= clash.day <= last),
        is_cut=len(found) >= MOST,
        clashing=frozenset(key for clash in clashing for key in clash.keys),
    )


def _bursts(scope: Scope, first: date, last: date) -> Iterator[Entry]:
    members: dict[int, set[int]] = defaultdict(set)
    theirs = BurstAccount.objects.filter(
        scope.accounts("account"),
        left_at__isnull=True,
        burst__in=Burst.objects.standing().within(first, last),
    )
    for burst_id, account_id in theirs.values_list("burst", "account"):
        members[burst_id].add(account_id)
    for burst in Burst.objects.filter(pk__in=members).select_related("owner")[:MOST]:
        n = len(members[burst.pk])
        yield Entry(
            kind="burst",
            pk=burst.pk,
            title=burst.name,
            first=burst.starts_on,
            last=burst.ends_on,
            account_ids=frozenset(members[burst.pk]),
            account=f"{n:,} account{'' if n == 1 else 's'}",
            channel=burst.channel,
            side="marketing",
            owner_id=burst.owner_id,
            owner=str(burst.owner or ""),
            url=reverse("plays:burst", args=[burst.pk]),
            note=burst.note,
            may_move=True,
        )


def _tasks(scope: Scope, span: tuple[datetime, datetime], zone: ZoneInfo) -> Iterator[Entry]:
    rows = (
        Task.objects.unfinished()
        .filter(scope.owed(), due_at__gte=span[0], due_at__lt=span[1])
        .select_related("account", "owner", "step_run", "enrollment__version")
        .order_by("due_at", "pk")[:MOST]
    )
    for task in rows:
        local = task.due_at.astimezone(zone)
        entry = Entry(
            kind="task",
            pk=task.pk,
            title=task.title,
            first=local.date(),
            last=local.date(),
            account_ids=frozenset({task.account_id}),
            account=task.account.name,
            channel=task.channel,
            side=task.side,
            owner_id=task.owner_id,
            owner=str(task.owner),
            clock=f"{local:%H:%M}",
            url=reverse("plays:task", args=[task.pk]),
            may_move=True,
        )
        yield entry
        if task.channel == Channel.DIRECT_MAIL and task.step_run is not None and task.enrollment is not None:
            yield from _mailing(
                entry, definition_of(task.enrollment.version), task.step_run.position, sent=local.date()
            )


def _steps(scope: Scope, span: tuple[datetime, datetime], zone: ZoneInfo) -> Iterator[Entry]:
    theirs = scope.accounts("enrollment__account")
    if scope.person_id is not None:
        theirs |= Q(enrollment__handed_to=scope.person_id)
    rows = (
        StepRun.objects.filter(
            theirs, state=StepRun.State.PENDING, opens_at__gte=span[0], opens_at__lt=span[1]
        )
        .select_related(
            "enrollment__account__owner", "enrollment__version", "enrollment__play", "enrollment__handed_to"
        )
        .order_by("opens_at", "pk")[:MOST]
    )
    for run in rows:
        enrollment = run.enrollment
        definition = definition_of(enrollment.version)
        step = definition.steps[run.position]
        local = run.opens_at.astimezone(zone)
        owner = enrollment.handed_to or (enrollment.account.owner if step.side != "marketing" else None)
        entry = Entry(
            kind="step",
            pk=run.pk,
            title=f"{step.name} · {enrollment.play.name}",
            first=local.date(),
            last=local.date(),
            account_ids=frozenset({enrollment.account_id}),
            account=enrollment.account.name,
            channel=step.channel,
            side=step.side,
            owner_id=owner.pk if owner else None,
            owner=str(owner or ""),
            clock=f"{local:%H:%M}",
            url=reverse("plays:enrollment", args=[enrollment.pk]),
            note=run.held,
            may_move=True,
        )
        yield entry
        if step.channel == Channel.DIRECT_MAIL:
            yield from _mailing(entry, definition, run.position, sent=local.date())


def _mailing(sent_by: Entry, definition: PlayDefinition, position: int, *, sent: date) -> Iterator[Entry]:
    """The days from a mailing's arrival, and its follow-up, which the engine opens within them."""
    wait = follow_up_after(definition, position)
    if wait is not None:
        yield _window(sent_by, sent, follows=within_the_window(sent + timedelta(days=wait), sent_on=sent))


def _sent(scope: Scope, first: date, last: date, zone: ZoneInfo) -> Iterator[Entry]:
    """Mailings that are on their way or have landed, with the day that their follow-up stands on now."""
    since = hours.at_local(first - MAIL_TRANSIT - MAIL_WINDOW, time(0), zone)
    sent = list(
        Task.objects.filter(
            scope.owed(), channel=Channel.DIRECT_MAIL, state=Task.State.DONE, closed_at__gte=since,
            enrollment__state__in=life.LIVE,
        ).select_related("account").order_by("closed_at", "pk")[:MOST]
    )  # fmt: skip
    following = dict(
        StepRun.objects.filter(
            enrollment__in=[task.enrollment_id for task in sent], state=StepRun.State.PENDING
        ).values_list("enrollment", "opens_at")
    )
    for task in sent:
        opens_at = following.get(task.enrollment_id or 0)
        if opens_at is None or task.closed_at is None:
            continue
        entry = Entry(
            kind="task",
            pk=task.pk,
            title=task.title,
            first=first,
            last=last,
            account_ids=frozenset({task.account_id}),
            account=task.account.name,
            channel=task.channel,
            side=task.side,
            url=reverse("plays:task", args=[task.pk]),
        )
        window = _window(
            entry, task.closed_at.astimezone(zone).date(), follows=opens_at.astimezone(zone).date()
        )
        if window.first <= last and window.last >= first:
            yield window


def _window(sent_by: Entry, sent: date, *, follows: date) -> Entry:
    lands = sent + MAIL_TRANSIT
    return replace(
        sent_by,
        kind="mail",
        title=f"Mailing lands about {lands:%-d %B}, follow-up {follows:%-d %B}",
        first=lands,
        last=lands + MAIL_WINDOW,
        owner_id=None,
        owner="",
        clock="",
        note="",
        follow_up_on=follows,
        may_move=False,
    )


def _meetings(scope: Scope, span: tuple[datetime, datetime], zone: ZoneInfo) -> Iterator[Entry]:
    """Meetings that were booked for these days, and those logged as held."""
    booked = (
        AccountEvent.objects.filter(
            scope.accounts("account"),
            kind=AccountEvent.Kind.MEETING_BOOKED,
            at__gte=span[0] - BOOKED_AHEAD,
            at__lt=span[1],
            payload__on__gte=span[0].isoformat()[:10],
            payload__on__lt=(span[1] + timedelta(days=1)).isoformat()[:10],
        )
        .select_related("account__owner")
        .order_by("pk")[:MOST]
    )
    for event in booked:
        at = parse_datetime(str(event.payload["on"]))
        if at is not None and span[0] <= at < span[1]:
            yield _meeting(event.pk, event.account, at.astimezone(zone), event.account.owner)
    held = (
        Touch.objects.filter(
            scope.accounts("account"),
            channel=Channel.MEETING,
            occurred_at__gte=span[0],
            occurred_at__lt=span[1],
        )
        .select_related("account__owner", "person")
        .order_by("pk")[:MOST]
    )
    for touch in held:
        yield _meeting(
            -touch.pk, touch.account, touch.occurred_at.astimezone(zone), touch.person, touch.subject
        )


def _meeting(pk: int, account: Account, at: datetime, owner: User | None, subject: str = "") -> Entry:
    return Entry(
        kind="meeting",
        pk=pk,
        title=subject or f"Meeting with {account.name}",
        first=at.date(),
        last=at.date(),
        account_ids=frozenset({account.pk}),
        account=account.name,
        channel=Channel.MEETING,
        side="sales",
        owner_id=owner.pk if owner else None,
        owner=str(owner or ""),
        clock=f"{at:%H:%M}",
        url=reverse("accounts:account", args=[account.pk]),
    )


def _away(first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = Absence.objects.filter(starts_on__lte=last, ends_on__gte=first)
    for user, starts, ends in rows.values_list("user", "starts_on", "ends_on"):
        away[user].append((starts, ends))
    return away
