"""Call mode: one contact after the other on a whole screen. What is called is held; how it went is one key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from abmops.lib import timeline
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from accounts.views.people import reader
from plays import services
from plays.domain.outcomes import LABELS, outcome_named
from plays.models import Task
from plays.selectors.calls import Calls, calls_of
from plays.selectors.rows import Row, rows_of
from plays.views.doing import WORKERS, asked, asked_again, carried, editable_task
from plays.views.today import row_context

KEY = "calls"
HISTORY_SHOWN = 6


@dataclass(slots=True)
class Round:
    """One sitting, kept in the session: what has been put off in it, and how the calls went."""

    began: str
    skipped: list[int]
    went: dict[str, int]
    current: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> Round | None:
        """The round of calls that is under way in this session; None where none is."""
        kept = request.session.get(KEY)
        return cls(**kept) if isinstance(kept, dict) and set(kept) == set(cls.__slots__) else None

    def keep(self, request: HttpRequest) -> None:
        """Remember the round in the session."""
        request.session[KEY] = {name: getattr(self, name) for name in self.__slots__}

    @property
    def made(self) -> int:
        """How many calls have an outcome."""
        return sum(self.went.values())

    @property
    def summary(self) -> list[tuple[str, int]]:
        """How they went, in words, the most frequent first."""
        said = [(LABELS.get(key, "Done"), n) for key, n in self.went.items()]
        return sorted(said, key=lambda one: -one[1])


@page(*WORKERS)
def calls(request: HttpRequest) -> HttpResponseBase:
    """GET: where the sitting stands. POST: begin, say how a call went, put one off, or stop."""
    now = timezone.now()
    if request.method != "POST":
        return render(request, "plays/calls.html", _context(request, Round.of(request), now=now))
    sitting, typed = Round.of(request), QueryDict()
    do = request.POST.get("do", "")
    if do == "start" or sitting is None:
        sitting = Round(now.isoformat(), [], {}, None)
    elif do == "stop":
        return _stop(request, sitting, now=now)
    else:
        try:
            _work(request, sitting, do, now=now)
        except AbmopsError as error:
            typed = request.POST
            if again := asked_again(request, error, title="How the call went", back=reverse("plays:calls")):
                return again
    found = calls_of(reader(request), now=now)
    _hold_next(request, sitting, found, now=now)
    sitting.keep(request)
    if request.headers.get("HX-Request") == "true":
        context = _context(request, sitting, now=now, found=found)
        is_same = context["row"] is not None and str(context["row"].task.pk) == typed.get("task")
        return render(request, "plays/partials/call.html", context | {"typed": typed if is_same else {}})
    return redirect("plays:calls")


def _work(request: HttpRequest, sitting: Round, do: str, *, now: datetime) -> None:
    if not (named := typed.row_id(request.POST.get("task", ""))):
        return
    task = editable_task(request, named)
    if do == "later":
        sitting.skipped.append(task.pk)
        services.release_task(task=task, by=reader(request), now=now)
        return
    ask = asked(request)
    outcome = outcome_named(task.channel, ask.outcome)
    carried(request, ask, task=task, by=reader(request), now=now)
    if ask.do == "done" and outcome is not None:
        sitting.went[outcome.key] = sitting.went.get(outcome.key, 0) + 1


def _hold_next(request: HttpRequest, sitting: Round, found: Calls, *, now: datetime) -> None:
    left = [pk for pk in found.now if pk not in sitting.skipped]
    won = services.claim_first(task_ids=left, by=reader(request), now=now)
    sitting.current = won.pk if won else None


def _stop(request: HttpRequest, sitting: Round, *, now: datetime) -> HttpResponse:
    user = reader(request)
    if sitting.current is not None:
        services.release_task(task=Task(pk=sitting.current), by=user, now=now)
    request.session.pop(KEY, None)
    context = {"now": now, "sitting": sitting, "is_over": True, "found": calls_of(user, now=now)}
    return render(request, "plays/calls.html", context)


def _context(
    request: HttpRequest, sitting: Round | None, *, now: datetime, found: Calls | None = None
) -> dict[str, Any]:
    user = reader(request)
    found = found or calls_of(user, now=now)
    left: Sequence[int] = [] if sitting is None else [pk for pk in found.now if pk not in sitting.skipped]
    rows: list[Row] = []
    if sitting is not None:
        first = [pk for pk in left if pk == sitting.current]
        ahead = [pk for pk in left if pk != sitting.current]
        rows = rows_of([*first, *ahead][:2], reader=user, now=now)
    row = rows[0] if rows else None
    return row_context(request, rows, now=now) | {
        "sitting": sitting,
        "found": found,
        "row": row,
        "coming": rows[1] if len(rows) > 1 else None,
        "left": len(left),
        "whole": len(left) + (sitting.made if sitting else 0),
        "entries": timeline.of(row.task.account_id, before=now, limit=HISTORY_SHOWN) if row else [],
        "put_off": sum(1 for pk in sitting.skipped if pk in found.now) if sitting else 0,
        "is_over": sitting is not None and row is None,
        "claim_url": reverse("plays:claim", args=[row.task.pk]) if row else "",
    }
