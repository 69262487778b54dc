"""The play library and one play: what it says, how far its accounts got, its versions and their way."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import Q
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
from accounts.views.people import reader
from plays import services
from plays.domain import sentences
from plays.domain.parse import parse_play
from plays.models import Enrollment, Play
from plays.selectors import pages, pauses, shelf, versions
from plays.selectors.library import names
from plays.services.play import drafting
from plays.views.editor import EDITORS

LIVE_SHOWN = 50
PAGE_SIZE = 25


@page()
def library(request: HttpRequest) -> HttpResponseBase:
    """Every play with its trigger, sequence and figures; the starters that wait below."""
    now, user, asked = timezone.now(), reader(request), _asked(request)
    found = Paginator(shelf.shelf(user, asked, now=now), PAGE_SIZE).get_page(request.GET.get("page"))
    called = names()
    context = {
        "page": found,
        "open_stages": shelf.open_stages(list(found.object_list)),
        "asked": asked,
        "statuses": [(value, label, value in asked.statuses) for value, label in Play.Status.choices],
        "sides": [(value, label, value in asked.sides) for value, label in shelf.SIDES],
        "triggers": [(value, label, value in asked.triggers) for value, label, _ in shelf.TRIGGERS],
        "sorts": [(value, label) for value, label, _ in shelf.SORTS],
        "starters": [
            (
                one,
                sentences.trigger_sentence(parse_play(one.definition).trigger, called),
                len(one.definition["steps"]),
            )
            for one in shelf.unused_starters()
        ],
        "may_write": user.has_role(*EDITORS),
        "now": now,
    }
    return render(request, "plays/library.html", context)


@page()
def library_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    header = (
        "Play", "Status", "Version", "Priority", "Trigger", "Audience", "Steps", "Exits", "Measure", "Limits", "Owner",
        "Live", "Stalled", "Finished", "Held out", "Windows passed", "With the outcome", "Yield",
    )  # fmt: skip
    found = shelf.shelf(reader(request), _asked(request), now=timezone.now())
    return csv_answer("plays", header, _csv_rows(found))


def _csv_rows(found: list[pages.Shown]) -> Iterator[list[object]]:
    for one in found:
        current = one.play.current
        yield [
            one.play.name,
            one.play.get_status_display(),
            current.number if current else "",
            current.priority if current else "",
            one.trigger,
            one.audience,
            len(one.steps),
            one.exits,
            one.contract,
            one.throttle,
            one.play.owner.name if one.play.owner else "",
            one.live,
            one.stalled,
            one.finished,
            one.held_out,
            one.passed,
            one.reached,
            "" if one.past_yield is None else round(one.past_yield, 4),
        ]


def _asked(request: HttpRequest) -> shelf.Asked:
    said = request.GET
    return shelf.Asked(
        q=said.get("q", "").replace("\0", "").strip()[:120],
        statuses=[one for one in Play.Status.values if one in said.getlist("status")],
        sides=[one for one, _ in shelf.SIDES if one in said.getlist("side")],
        triggers=[one for one, _, _ in shelf.TRIGGERS if one in said.getlist("trigger")],
        sort=said.get("sort", ""),
    )


@page()
def play(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One play: what it says, the flow with its funnel, what waits for a review, versions, live enrollments."""
    now, user = timezone.now(), reader(request)
    shown = pages.play_for(user, pk, now=now)
    if shown is None:
        raise Http404
    found = shown.play
    live = Enrollment.objects.visible_to(user).live().filter(play=pk)
    draft = drafting.open_version(found)
    older = (
        live.filter(~Q(version=found.current_id)).count()
        if draft is None or draft.pk != found.current_id
        else 0
    )
    told = versions.versions_of(found)
    context = {
        "shown": shown,
        "versions": told,
        "draft": next((one for one in told if draft is not None and one.version.pk == draft.pk), None),
        "draft_changes": versions.changes(found.current, draft)
        if draft is not None and found.current is not None and draft.pk != found.current_id
        else (),
        "seen": drafting.mark_of(found, draft),
        "is_overtaken": drafting.is_overtaken(found, draft),
        "is_mine": draft is not None and user.pk in drafting.authors_of(draft),
        "others": drafting.others_who_may_approve(draft) if draft is not None else [],
        "older": older,
        "live": live.select_related("account", "version", "owner")[:LIVE_SHOWN],
        "rest": pauses.control(user, scope="play", pk=pk),
        "may_write": user.has_role(*EDITORS),
        "may_approve": user.has_role(*drafting.APPROVERS),
        "may_change": user.has_role(Role.REVOPS),
        "may_start": user.has_role(Role.REVOPS, Role.REP, Role.MARKETER)
        and found.status == Play.Status.ACTIVE,
        "now": now,
    }
    return render(request, "plays/play.html", context)


@page(Role.REVOPS)
@require_POST
def set_status(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Activate, pause or retire. What a play says goes live by its review alone."""
    found = get_object_or_404(Play.objects.visible_to(reader(request)).select_related("current"), pk=pk)
    status = request.POST.get("status", "")
    try:
        if status not in Play.Status.values:
            raise AbmopsError("Choose active, paused or retired.")
        services.set_status(play=found, status=status, by=reader(request), reviewed=True, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{found.name} is now {found.get_status_display().lower()}.")
    return redirect("plays:play", pk=pk)
