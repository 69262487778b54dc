"""One enrollment with its decision, and what plays show on the account page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.partials import part
from accounts.views.account_page import visible_account
from accounts.views.people import reader
from plays.domain import enrollment as life
from plays.domain import hours
from plays.domain.rules import title_of
from plays.models import Decision, Enrollment, Task
from plays.selectors import bursts, pages, pauses, today
from plays.services.enrollment.restoring import may_restore
from plays.views.running import takers
from signals.models import Crossing

LIVE_AT_ONCE = 2


@page()
def enrollment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """State, steps, the full decision record, every transition. An open page asks for news: 204 while it has all."""
    now, user = timezone.now(), reader(request)
    since, is_live = pages.stamp_of(pk, now=now), "X-Live" in request.headers
    if (
        is_live
        and request.GET.get("since") == since
        and Enrollment.objects.visible_to(user).filter(pk=pk).exists()
    ):
        return HttpResponse(status=204)
    found = get_object_or_404(pages.with_steps().visible_to(user), pk=pk)
    editable = Enrollment.objects.editable_by(user).filter(pk=pk).exists()
    shown = pages.life_of(found, now=now)
    said = f"{found.get_state_display()}, step {shown.position} of {len(shown.steps)}."
    context = {
        "life": shown,
        "enrollment": found,
        "decision": found.decision,
        "events": [
            (life.NAMES.get(event.move, event.move), event) for event in found.events.select_related("by")
        ],
        "since": since,
        "says": said if is_live else "",
        "may_cancel": found.state in (*life.LIVE, life.HOLDOUT) and editable,
        "overrides": [(row, title_of(row.rule)) for row in found.overrides.select_related("by")],
        "may_restore": editable and may_restore(found, now=now),
        "rest": pauses.control(user, scope="enrollment", pk=pk) if found.state in life.LIVE else None,
        "around": [pauses.rest_of(one) for one in pauses.of_enrollment(found) if one.scope != "enrollment"]
        if found.state in life.LIVE
        else [],
        "takers": takers(found) if editable and found.state in life.LIVE else (),
        "now": now,
    }
    template = "plays/partials/enrollment.html" if is_live else "plays/enrollment.html"
    return render(request, template, context)


@page()
def decision(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One decision by itself: also one that began nothing."""
    found = get_object_or_404(
        Decision.objects.visible_to(reader(request)).select_related("account", "by", "waiting"), pk=pk
    )
    begun = found.enrollments.select_related("play")
    return render(request, "plays/decision.html", {"decision": found, "begun": begun, "now": timezone.now()})


@page()
def account_panel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The account page's live plays, and the newest decisions that began nothing."""
    now, user = timezone.now(), reader(request)
    account = visible_account(request, pk)
    context = {
        "account": account,
        "rest": pauses.control(user, scope="account", pk=pk),
        "lives": pages.lives_on(account, user),
        "turned_down": pages.turned_down_on(account, user),
        "bursts": bursts.on_account(account, zone=hours.zone_named(user.time_zone), now=now),
        "allowed": LIVE_AT_ONCE,
        "now": now,
    }
    return part(request, "plays/partials/account_plays.html", context, title=f"Live plays of {account.name}")


@page()
def account_tasks(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The account page's open tasks, whoever owes them."""
    now, user = timezone.now(), reader(request)
    account = visible_account(request, pk)
    tasks = today.in_order(Task.objects.visible_to(user).unfinished().filter(account=account)).select_related(
        "account", "owner", "contact"
    )
    context = {
        "account": account,
        "tasks": tasks,
        "editable": set(Task.objects.editable_by(user).filter(account=account).values_list("pk", flat=True)),
        "now": now,
    }
    return part(request, "plays/partials/account_tasks.html", context, title=f"Tasks on {account.name}")


@page()
def peek_panel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The side panel's live plays, a line each."""
    user = reader(request)
    account = visible_account(request, pk)
    context = {"account": account, "lives": pages.lives_on(account, user), "now": timezone.now()}
    return part(request, "plays/partials/peek_plays.html", context, title=f"Live plays of {account.name}")


@page()
def crossing_panel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a crossing led to: its decision, and the enrollment it began."""
    user = reader(request)
    crossing = get_object_or_404(Crossing.objects.visible_to(user), pk=pk)
    decision = (
        Decision.objects.visible_to(user).filter(crossing=crossing).select_related("by", "waiting").first()
    )
    context = {
        "crossing": crossing,
        "decision": decision,
        "begun": decision.enrollments.select_related("play") if decision else (),
        "now": timezone.now(),
    }
    return part(request, "plays/partials/crossing_decision.html", context, title="Decision")
