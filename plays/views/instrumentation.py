"""Plays measured: how many begin, how far they get, what they bring beyond doing nothing, and which to retire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays.domain import sentences
from plays.domain.measuring import suggestions
from plays.models import Play, Review
from plays.selectors import measured_rows, measuring
from plays.selectors.library import definition_of
from plays.selectors.measuring import Measured
from plays.services.play.reviewing import review_play

WINDOWS = {"28": "4 weeks", "90": "90 days", "182": "Half a year", "365": "A year"}
SORTS = {"name": "Name", "enrolled": "Enrollments", "yield": "Yield", "stalled": "Stalls"}
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Week:
    """How many plays began in a week, `ago` weeks back, beside the week that had most."""

    n: int
    ago: int
    begins: datetime
    most: int

    @property
    def show(self) -> str:
        """The number's name in an address."""
        return f"week:{self.ago}"


@page()
def instrumentation(request: HttpRequest) -> HttpResponseBase:
    """All plays that have been live, and those that are better retired."""
    now, user = timezone.now(), reader(request)
    days = _days(request)
    since = now - timedelta(days=days)
    found = measuring.measured(user, since=since, until=now)
    suggested = suggestions([one.standing for one in found], now=now)
    shown = _narrowed(request, found)
    plays = [one.play for one in found]
    context = {
        "page": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "suggested": suggested,
        "weeks": _weeks([sum(week) for week in zip(*(one.figures.weeks for one in found), strict=True)], now),
        "begun": sum(one.figures.enrolled for one in found),
        "touched": measuring.accounts_touched([play.pk for play in plays], since=since, until=now),
        **_behind(request, plays, {}, since=since, until=now),
        "days": str(days),
        "windows": WINDOWS.items(),
        "sorts": SORTS.items(),
        "sort": request.GET.get("sort", "name"),
        "q": request.GET.get("q", ""),
        "may_change": user.has_role(Role.REVOPS),
        "is_empty": not found,
        "now": now,
    }
    return render(request, "plays/instrumentation.html", context)


@page()
def instrumentation_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a table."""
    now = timezone.now()
    found = measuring.measured(reader(request), since=now - timedelta(days=_days(request)), until=now)
    header = (
        "Play", "Status", "Considered", "Held", "Refused", "Held out", "Enrolled", "First step done", "Completed",
        "Exited", "Stopped", "Running", "Finished", "Without a stall", "Accounts touched",
        "Seconds to enrollment, median", "Seconds to enrollment, p95",
        "Runs with their window passed", "Runs with the outcome",
        "Holdouts with their window passed", "Holdouts with the outcome",
    )  # fmt: skip

    def lines() -> Iterator[tuple[object, ...]]:
        for one in _narrowed(request, found):
            told, yielded = one.figures, one.figures.yielded
            yield (
                one.play.name, one.play.get_status_display(), told.considered, told.held, told.refused, told.held_out,
                told.enrolled, told.first_done, told.completed, told.exited, told.cancelled, told.live, told.finished,
                told.finished_unstalled, told.accounts_touched, told.to_enrollment_median, told.to_enrollment_p95,
                yielded.run.runs if yielded else 0, yielded.run.hits if yielded else 0,
                yielded.holdout.runs if yielded else 0, yielded.holdout.hits if yielded else 0,
            )  # fmt: skip

    return csv_answer("plays-measured", header, lines())


@page()
def measured(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One play: its entry funnel, its steps, what it brings, and the accounts behind each number."""
    now, user = timezone.now(), reader(request)
    days = _days(request)
    since = now - timedelta(days=days)
    one = _one(user, pk, since=since, until=now)
    if one is None:
        raise Http404
    names = (
        {step.key: step.name for step in definition_of(one.play.current).steps} if one.play.current else {}
    )
    suggested = suggestions([one.standing], now=now)
    context: dict[str, Any] = {
        "one": one,
        "told": one.figures,
        "steps": [(names.get(step.key, step.key), step) for step in one.figures.steps],
        "contract": sentences.contract_sentence(definition_of(one.play.current)) if one.play.current else "",
        "suggested": suggested[0] if suggested else None,
        "reviews": Review.objects.filter(play=one.play).select_related("by")[:5],
        "weeks": _weeks(one.figures.weeks, now),
        **_behind(request, [one.play], names, since=since, until=now),
        "days": str(days),
        "windows": WINDOWS.items(),
        "may_change": user.has_role(Role.REVOPS),
        "now": now,
    }
    return render(request, "plays/measured.html", context)


def _behind(
    request: HttpRequest, plays: Sequence[Play], steps: Mapping[str, str], *, since: datetime, until: datetime
) -> dict[str, Any]:
    """The rows behind the number that was asked for, if any."""
    show = request.GET.get("show", "")
    rows = measured_rows.entries(plays, show, since=since, until=until) if show else []
    return {
        "show": show,
        "showing": measured_rows.heading(show, steps),
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("rows")),
    }


def _weeks(counts: Sequence[int], now: datetime) -> list[Week]:
    """The oldest first; `most` is the tallest."""
    most = max(counts, default=0)
    return [
        Week(n, ago=len(counts) - 1 - place, begins=now - (len(counts) - place) * measuring.WEEK, most=most)
        for place, n in enumerate(counts)
    ]


@page()
def measured_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The accounts behind one number."""
    now = timezone.now()
    play = get_object_or_404(Play.objects.visible_to(reader(request)), pk=pk)
    show = request.GET.get("show", "enrolled")
    rows = measured_rows.entries([play], show, since=now - timedelta(days=_days(request)), until=now)
    header = ("Account", "Tier", "At", "Why")
    return csv_answer(
        f"{play.slug}-{show.replace(':', '-')[:60]}",
        header,
        ((row.account, row.tier, row.at.isoformat(), row.said) for row in rows),
    )


@page(Role.REVOPS)
@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Retire it as suggested, or keep it for a quarter; either stays on the record."""
    now, user = timezone.now(), reader(request)
    play = get_object_or_404(Play.objects.visible_to(user).select_related("current"), pk=pk)
    if not user.has_role(Role.REVOPS):
        raise PermissionDenied
    one = _one(user, pk, since=now - timedelta(days=90), until=now)
    suggested = suggestions([one.standing], now=now) if one is not None else []
    said = suggested[0].said if suggested else request.POST.get("said", "")[:1000] or "Asked for by hand."
    try:
        made = review_play(play=play, verdict=request.POST.get("verdict", ""), said=said, by=user, now=now)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        if made.until is not None:
            toast(request, f"{play.name} is kept; it is not suggested again before {made.until:%-d %B %Y}.")
        else:
            toast(
                request,
                f"{play.name} is retired: nothing starts any more, what runs goes on. Activate undoes it.",
            )
    return redirect("plays:instrumentation")


def _days(request: HttpRequest) -> int:
    days = request.GET.get("days", "90")
    return int(days) if days in WINDOWS else 90


def _one(user: User, pk: int, *, since: datetime, until: datetime) -> Measured | None:
    found = measuring.measured(user, since=since, until=until, only=[pk])
    return found[0] if found else None


def _narrowed(request: HttpRequest, found: list[Measured]) -> list[Measured]:
    wanted = request.GET.get("q", "").strip().casefold()[:120]
    rows = [one for one in found if wanted in one.play.name.casefold()]
    match request.GET.get("sort"):
        case "enrolled":
            rows.sort(key=lambda one: -one.figures.enrolled)
        case "yield":
            rows.sort(key=lambda one: -((one.figures.yielded and one.figures.yielded.run.share) or -1.0))
        case "stalled":
            rows.sort(
                key=lambda one: (
                    one.figures.unstalled_share if one.figures.unstalled_share is not None else 2.0
                )
            )
    return rows
