"""A play tried on today's list or on a window of the past, before it is let loose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.partials import part
from abmops.ui.toasts import complain
from accounts.views.people import reader
from plays.domain.dry_run import DryRun
from plays.models import Play, PlayVersion
from plays.services.decision.dry_run import dry_run as run_dry

PAGE_SIZE = 50
QUARTERS_BACK = 8
HEAVIEST = 10
VERDICTS = {"chosen": "Would start", "holdout": "Held out", "held": "Held for now", "refused": "Refused"}


@dataclass(frozen=True, slots=True)
class Window:
    """A choice of when: today's list, or a calendar quarter (UTC)."""

    key: str
    label: str
    since: datetime | None = None
    until: datetime | None = None


def windows(now: datetime) -> list[Window]:
    """Today, and the quarters up to this one, newest first."""
    found = [Window("today", "The list of today")]
    year, quarter = now.year, (now.month - 1) // 3
    for _ in range(QUARTERS_BACK):
        begins = datetime(year, quarter * 3 + 1, 1, tzinfo=UTC)
        ends = datetime(year + quarter // 3, (quarter * 3 + 3) % 12 + 1, 1, tzinfo=UTC)
        so_far = " so far" if ends > now else ""
        found.append(
            Window(f"{year}-Q{quarter + 1}", f"Q{quarter + 1} {year}{so_far}", begins, min(ends, now))
        )
        year, quarter = (year, quarter - 1) if quarter else (year - 1, 3)
    return found


@page()
def dry_run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who would enroll, who is turned down by which rule, what it would ask, and where it would clash.

    The play's open draft, where it has one; else what is in force. `?window=` says when, `?version=` which version.
    """
    now = timezone.now()
    play, version, window = _asked(request, pk, now=now)
    context: dict[str, Any] = {
        "play": play,
        "version": version,
        "windows": windows(now),
        "window": window,
        "now": now,
        "verdicts": VERDICTS,
    }
    try:
        run = _run(play, version, window, now=now)
    except AbmopsError as error:
        context["fault"] = error.message
    else:
        show = request.GET.get("show", "")
        rows = [row for row in run.rows if show in ("", row.verdict, row.rule)]
        context |= {
            "run": run,
            "counts": [(verdict, label, run.count(verdict)) for verdict, label in VERDICTS.items()],
            "is_alone": request.headers.get("HX-Request") != "true",
            "show": show,
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "load": _by_person(run),
            "heaviest": [(run.names.get(one.account_id, ""), one) for one in run.pressure[:HEAVIEST]],
            "clashes": [(run.names.get(one.account_id, ""), one) for one in run.clashes[:PAGE_SIZE]],
        }
    return part(request, "plays/partials/dry_run.html", context, title=f"Dry run of {play.name}")


@page()
def dry_run_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every row of it; where it cannot be run, its page says why."""
    now = timezone.now()
    play, version, window = _asked(request, pk, now=now)
    try:
        run = _run(play, version, window, now=now)
    except AbmopsError as error:
        complain(request, error.message)
        return redirect("plays:dry_run", play.pk)
    header = ("Account", "Tier", "Owner", "At", "What set it off", "Verdict", "Rule", "Why")

    def lines() -> Iterator[tuple[object, ...]]:
        for row in run.rows:
            yield (
                row.account, row.tier, row.owner, row.at.isoformat(), row.why,
                VERDICTS[row.verdict], row.title, row.sentence,
            )  # fmt: skip

    return csv_answer(f"dry-run-{play.slug}-{window.key}", header, lines())


def _asked(request: HttpRequest, pk: int, *, now: datetime) -> tuple[Play, PlayVersion | None, Window]:
    play = get_object_or_404(Play.objects.visible_to(reader(request)).select_related("current"), pk=pk)
    number = request.GET.get("version", "")
    versions = play.versions.all()
    if number.isdecimal():
        version = versions.filter(number=int(number[:6])).first()
    else:
        version = versions.filter(stage__in=("draft", "review")).first() or play.current
    choices = windows(now)
    window = next((one for one in choices if one.key == request.GET.get("window")), choices[0])
    return play, version, window


def _run(play: Play, version: PlayVersion | None, window: Window, *, now: datetime) -> DryRun:
    if version is None:
        raise AbmopsError("This play says nothing yet: give it a trigger and a step, and save it.")
    return run_dry(
        definition=version.definition(), play=play, since=window.since, until=window.until, now=now
    )


def _by_person(run: DryRun) -> list[tuple[str, int, int, list[tuple[Any, int]]]]:
    """(name, tasks in all, in the fullest week, [(week, tasks)]), the busiest first."""
    weeks: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    for one in run.load:
        weeks[one.person_id].append((one.week, one.tasks))
    found = [
        (run.people.get(person, "somebody"), sum(n for _, n in told), max(n for _, n in told), told)
        for person, told in weeks.items()
    ]
    return sorted(found, key=lambda line: (-line[1], line[0]))
