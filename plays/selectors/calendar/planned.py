"""Entries for what is planned: bursts, steps of running plays, and tasks that fall due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import Account
from plays.domain.calendar import Entry
from plays.models import Burst, BurstAccount, StepRun, Task
from plays.selectors import bursts as reads
from plays.selectors.calendar.scope import MOST, Scope, Span
from plays.selectors.library import definition_of


def of_account(account: Account) -> dict[str, Any]:
    """What an entry says of the one account that it is about."""
    return {
        "account_ids": frozenset({account.pk}),
        "account": account.name,
        "country": account.country,
        "territory_id": account.territory_id,
        "account_owner_id": account.owner_id,
    }


def at_moment(moment: datetime, span: Span) -> dict[str, Any]:
    """Its day and its time of day on the reader's wall."""
    local = moment.astimezone(span.zone)
    return {"first": local.date(), "last": local.date(), "clock": f"{local:%H:%M}", "at": moment}


def bursts(scope: Scope, span: Span, *, now: datetime, with_cancelled: bool) -> Iterator[Entry]:
    """Bursts that run on these days; where accounts of it rest, it says so."""
    running = Burst.objects.all() if with_cancelled else Burst.objects.standing()
    members: dict[int, set[int]] = defaultdict(set)
    theirs = BurstAccount.objects.staying().filter(
        scope.accounts("account"), burst__in=running.within(span.first, span.last)
    )
    for burst_id, account_id in theirs.values_list("burst", "account"):
        members[burst_id].add(account_id)
    resting = reads.Resting.of({pk for ids in members.values() for pk in ids}, now=now)
    for burst in running.filter(pk__in=members).select_related("owner")[:MOST]:
        ids = members[burst.pk]
        why = resting.in_burst(ids, on=burst.starts_on, zone=span.zone)
        n = len(ids)
        rests = f", {_rest_in_words(len(why), of=n)}" if why else ""
        yield Entry(
            kind="burst",
            pk=burst.pk,
            title=burst.name,
            first=burst.starts_on,
            last=burst.ends_on,
            account_ids=frozenset(ids),
            account=f"{n:,} account{'' if n == 1 else 's'}{rests}",
            channel=burst.channel,
            side="marketing",
            owner_id=burst.owner_id,
            owner=str(burst.owner or ""),
            url=reverse("plays:burst", args=[burst.pk]),
            note=" ".join([*sorted(why.values())[: 1 if n == 1 else 0], burst.note]).strip(),
            may_move=burst.cancelled_at is None and burst.starts_on > span.day(now),
            is_cancelled=burst.cancelled_at is not None,
        )


def _rest_in_words(resting: int, *, of: int) -> str:
    if of == 1:
        return "it rests"
    return f"{resting:,} of them {'rests' if resting == 1 else 'rest'}"


def tasks(scope: Scope, span: Span) -> Iterator[tuple[Entry, Task]]:
    """Tasks that fall due, with their rows."""
    rows = (
        Task.objects.unfinished()
        .filter(scope.owed(), due_at__gte=span.starts, due_at__lt=span.ends)
        .select_related("account", "owner", "contact", "step_run", "enrollment__version", "enrollment__play")
        .order_by("due_at", "pk")[:MOST]
    )
    for task in rows:
        yield (
            Entry(
                kind="task",
                pk=task.pk,
                title=task.title,
                **at_moment(task.due_at, span),
                **of_account(task.account),
                channel=task.channel,
                side=task.side,
                owner_id=task.owner_id,
                owner=str(task.owner),
                contact_id=task.contact_id,
                contact=str(task.contact or ""),
                play_id=task.enrollment.play_id if task.enrollment else None,
                play=task.enrollment.play.name if task.enrollment else "",
                url=reverse("plays:task", args=[task.pk]),
                may_move=True,
            ),
            task,
        )


def steps(scope: Scope, span: Span) -> Iterator[tuple[Entry, StepRun]]:
    """Steps that open, with their rows. Whoever the play was handed to owes them, else the account's owner."""
    rows = (
        StepRun.objects.filter(
            scope.planned(), state=StepRun.State.PENDING, opens_at__gte=span.starts, opens_at__lt=span.ends
        )
        .select_related(
            "enrollment__account__owner", "enrollment__version", "enrollment__play", "enrollment__handed_to"
        )
        .order_by("opens_at", "pk")[:MOST]
    )
    for run in rows:
        enrollment = run.enrollment
        step = definition_of(enrollment.version).steps[run.position]
        owner = enrollment.handed_to or (enrollment.account.owner if step.side != "marketing" else None)
        yield (
            Entry(
                kind="step",
                pk=run.pk,
                title=f"{step.name} · {enrollment.play.name}",
                **at_moment(run.opens_at, span),
                **of_account(enrollment.account),
                channel=step.channel,
                side=step.side,
                owner_id=owner.pk if owner and not step.surface else None,
                owner=str(owner) if owner and not step.surface else "",
                play_id=enrollment.play_id,
                play=enrollment.play.name,
                url=reverse("plays:enrollment", args=[enrollment.pk]),
                note=run.held,
                may_move=True,
                by_itself=bool(step.surface),
            ),
            run,
        )
