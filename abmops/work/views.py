"""The Health page for people, and /healthz for machines."""

from __future__ import annotations

import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from abmops.work import selectors, services

DEAD_SHOWN = 50
BREACHES_SHOWN = 50
VERDICTS_SHOWN = 10

_started = time.monotonic()


def _live() -> dict[str, Any]:
    now = selectors.database_now()
    figures = selectors.figures(now=now)
    return {
        "now": now,
        "health": selectors.health(),
        "busy": [figure for figure in figures if figure.is_busy],
        "idle": [figure for figure in figures if not figure.is_busy],
        "due": sum(figure.due for figure in figures),
        "late": sum(figure.late for figure in figures),
        "dead": sum(figure.dead for figure in figures),
        "most": selectors.MOST_COUNTED,
    }


@require_GET
@never_cache
@page(Role.REVOPS, Role.EXECUTIVE)
def health(request: HttpRequest) -> HttpResponse:
    """How the work stands, what was given up and why, who is alive, which promises are broken. The upper part
    renews itself.
    """
    live = _live()
    if request.headers.get("HX-Request") == "true":
        return render(request, "work/partials/live.html", live)
    now = live["now"]
    context = {
        **live,
        "dead_items": selectors.dead_items(limit=DEAD_SHOWN),
        "processes": selectors.processes(now=now),
        "audits": selectors.audit_runs(),
        "breaches": selectors.open_breaches(limit=BREACHES_SHOWN),
        "verdicts": selectors.verdicts(limit=VERDICTS_SHOWN),
        "may_judge": request.user.has_role(Role.REVOPS),  # type: ignore[union-attr]
    }
    return render(request, "work/health.html", context)


VERBS = {"replay": (services.replay, "sent round again"), "dismiss": (services.dismiss, "dismissed")}


@require_POST
@page(Role.REVOPS)
def judge(request: HttpRequest) -> HttpResponseBase:
    """Replay or dismiss one dead item (`item`), those of a kind (`kind`), or all (`all=1`)."""
    verb, said = VERBS.get(request.POST.get("verb", ""), (None, ""))
    chosen: dict[str, Any] = {}
    if (item := request.POST.get("item", "")).isdecimal() and len(item) < 19:
        chosen = {"ids": [int(item)]}
    elif kind := request.POST.get("kind", ""):
        chosen = {"kind": kind}
    elif request.POST.get("all") != "1":
        verb = None
    if verb is None:
        complain(request, "That was no known order; nothing was done.")
        return redirect("work:health")
    count = verb(by=request.user.get_username(), **chosen)
    if count:
        toast(request, f"{count} item{'' if count == 1 else 's'} {said}.")
    else:
        messages.info(request, "Nothing was left to do; somebody was faster.")
    return redirect("work:health")


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the work is done, 503 with the reasons when it is not. In a process's first minute only the
    database counts.
    """
    del request
    found = selectors.health()
    starting = time.monotonic() - _started < selectors.STARTING.total_seconds()
    is_well = found.database and (starting or not found.problems)
    return JsonResponse(
        {
            "status": "ok" if is_well else "failing",
            "database": found.database,
            "broker": found.broker,
            "last_tick_seconds": None if found.tick_age is None else round(found.tick_age, 1),
            "oldest_late_seconds": round(found.oldest_late, 1),
            "dead": found.dead,
            "problems": list(found.problems),
        },
        status=200 if is_well else 503,
    )
