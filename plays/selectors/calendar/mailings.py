"""Entries for mailings: the days in which one lands, and when its personal follow-up stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time, timedelta

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
from plays.domain.definition import PlayDefinition
from plays.models import StepRun, Task
from plays.selectors.calendar.planned import of_account
from plays.selectors.calendar.scope import MOST, Scope, Span
from plays.selectors.library import definition_of


def to_come(tasks: Iterable[tuple[Entry, Task]], steps: Iterable[tuple[Entry, StepRun]]) -> Iterator[Entry]:
    """Windows of mailings that are planned or owed: their follow-up opens within them, whatever its wait says."""
    for entry, task in tasks:
        if task.channel == Channel.DIRECT_MAIL and task.step_run is not None and task.enrollment is not None:
            yield from _window_of(entry, definition_of(task.enrollment.version), task.step_run.position)
    for entry, run in steps:
        if entry.channel == Channel.DIRECT_MAIL:
            yield from _window_of(entry, definition_of(run.enrollment.version), run.position)


def sent(scope: Scope, span: Span) -> Iterator[Entry]:
    """Windows of mailings that are on their way or have landed, with the day that their follow-up stands on now.

    A follow-up that waits stands where it opens; one that is somebody's task, where that is due.
    """
    since = hours.at_local(span.first - MAIL_TRANSIT - MAIL_WINDOW, time(0), span.zone)
    mailed = list(
        Task.objects.filter(
            scope.owed(), channel=Channel.DIRECT_MAIL, state=Task.State.DONE, closed_at__gte=since,
            enrollment__state__in=life.LIVE,
        ).select_related("account", "enrollment__play", "enrollment__version").order_by("closed_at", "pk")[:MOST]
    )  # fmt: skip
    current = {
        enrollment: (position, due_at or opens_at)
        for enrollment, position, opens_at, due_at in StepRun.objects.filter(
            enrollment__in=[task.enrollment_id for task in mailed],
            state__in=(StepRun.State.PENDING, StepRun.State.OPEN),
        ).values_list("enrollment", "position", "opens_at", "task__due_at")
    }
    for task in mailed:
        position, follows = current.get(task.enrollment_id or 0, (0, None))
        if follows is None or task.closed_at is None or task.enrollment is None:
            continue
        if not is_personal(definition_of(task.enrollment.version).steps[position]):
            continue
        entry = Entry(
            kind="task",
            pk=task.pk,
            title=task.title,
            first=span.first,
            last=span.last,
            **of_account(task.account),
            channel=task.channel,
            side=task.side,
            play_id=task.enrollment.play_id,
            play=task.enrollment.play.name,
            url=reverse("plays:task", args=[task.pk]),
        )
        window = _window(entry, span.day(task.closed_at), follows=span.day(follows))
        if window.first <= span.last and window.last >= span.first:
            yield window


def _window_of(sent_by: Entry, definition: PlayDefinition, position: int) -> Iterator[Entry]:
    wait = follow_up_after(definition, position)
    if wait is not None:
        follows = within_the_window(sent_by.first + timedelta(days=wait), sent_on=sent_by.first)
        yield _window(sent_by, sent_by.first, follows=follows)


def _window(sent_by: Entry, posted: date, *, follows: date) -> Entry:
    lands = posted + MAIL_TRANSIT
    return replace(
        sent_by,
        kind="mail",
        title=f"Mailing lands about {lands:%-d %B}, follow-up {follows:%-d %B}",
        first=lands,
        last=lands + MAIL_WINDOW,
        owner_id=None,
        owner="",
        clock="",
        at=None,
        note="",
        follow_up_on=follows,
        may_move=False,
        by_itself=False,
    )
