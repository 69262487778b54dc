"""Entries for mailings: the days in which one lands, and when its personal follow-up stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time, timedelta

from django.db.models import Q
from django.urls import reverse

from abmops.lib.choices import Channel
from plays.domain import enrollment as life
from plays.domain import hours
from plays.domain.calendar import (
    MAIL_TRANSIT,
    MAIL_WINDOW,
    Entry,
    follow_up_after,
    is_personal,
    within_the_window,
)
from plays.domain.definition import PlayDefinition, Step
from plays.models import StepRun, Task
from plays.selectors.calendar.planned import of_account
from plays.selectors.calendar.scope import MOST, Scope, Span
from plays.selectors.library import definition_of


def to_come(tasks: Iterable[tuple[Entry, Task]], steps: Iterable[tuple[Entry, StepRun]]) -> Iterator[Entry]:
    """Windows of mailings that are planned or owed: their follow-up opens within them, whatever its wait says."""
    for entry, task in tasks:
        if task.channel == Channel.DIRECT_MAIL and task.step_run is not None and task.enrollment is not None:
            yield from _window_of(entry, task.step_run, definition_of(task.enrollment.version))
    for entry, run in steps:
        if entry.channel == Channel.DIRECT_MAIL:
            yield from _window_of(entry, run, definition_of(run.enrollment.version))


def sent(scope: Scope, span: Span) -> Iterator[Entry]:
    """Windows of mailings that are on their way or have landed, with the day that their follow-up stands on now.

    A follow-up that waits stands where it opens; one that is somebody's task, where that is due. Sent by a person or by
    a surface is the same.
    """
    since = hours.at_local(span.first - MAIL_TRANSIT - MAIL_WINDOW, time(0), span.zone)
    posted = (
        StepRun.objects.filter(
            scope.planned(), state=StepRun.State.DONE, closed_at__gte=since, closed_at__lt=span.ends,
            enrollment__state__in=life.LIVE,
        )
        .filter(Q(task__channel=Channel.DIRECT_MAIL) | Q(task__isnull=True, delivery__isnull=False))
        .select_related("task", "enrollment__account", "enrollment__play", "enrollment__version")
        .order_by("closed_at", "pk")[:MOST]
    )  # fmt: skip
    mailed = [run for run in posted if _step(run).channel == Channel.DIRECT_MAIL]
    current = {
        run.enrollment_id: run
        for run in StepRun.objects.filter(
            enrollment__in=[run.enrollment_id for run in mailed],
            state__in=(StepRun.State.PENDING, StepRun.State.OPEN),
        ).select_related("task", "enrollment__version")
    }
    for run in mailed:
        following = current.get(run.enrollment_id)
        if following is None or run.closed_at is None or not is_personal(_step(following)):
            continue
        entry = Entry(
            kind="step",
            pk=run.pk,
            title=_step(run).name,
            first=span.first,
            last=span.last,
            **of_account(run.enrollment.account),
            channel=Channel.DIRECT_MAIL,
            side=_step(run).side,
            play_id=run.enrollment.play_id,
            play=run.enrollment.play.name,
            url=reverse("plays:enrollment", args=[run.enrollment_id]),
        )
        task: Task | None = getattr(following, "task", None)
        key, at = (f"task:{task.pk}", task.due_at) if task else (f"step:{following.pk}", following.opens_at)
        window = _window(entry, run, span.day(run.closed_at), follows=span.day(at), by=key)
        if window.first <= span.last and window.last >= span.first:
            yield window


def _step(run: StepRun) -> Step:
    return definition_of(run.enrollment.version).steps[run.position]


def _window_of(entry: Entry, run: StepRun, definition: PlayDefinition) -> Iterator[Entry]:
    wait = follow_up_after(definition, run.position)
    if wait is not None:
        follows = within_the_window(entry.first + timedelta(days=wait), sent_on=entry.first)
        window = _window(entry, run, entry.first, follows=follows)
        yield replace(window, may_move=entry.may_move, handle=entry.key, stands_on=entry.first)


def _window(entry: Entry, run: StepRun, posted: date, *, follows: date, by: str = "") -> Entry:
    """Named by its step, so that it is one thing while it is planned, owed and sent. `by`: what follows it up."""
    lands = posted + MAIL_TRANSIT
    return replace(
        entry,
        kind="mail",
        pk=run.pk,
        title=f"Mailing lands about {lands:%-d %B}, follow-up {follows:%-d %B}",
        first=lands,
        last=lands + MAIL_WINDOW,
        owner_id=None,
        owner="",
        clock="",
        at=None,
        note="",
        follow_up_on=follows,
        follow_up_key=by,
        may_move=False,
        by_itself=False,
    )
