"""A threshold over the past: asked from the editor or its own page, told in sentences, every number opens."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from abmops.lib.errors import AbmopsError, FieldErrors
from abmops.ui.access import page
from abmops.ui.partials import part
from accounts.models import User
from signals.domain import condition
from signals.models import Threshold
from signals.selectors import thresholds as written
from signals.services import backtest_runs as runs
from signals.services.backtest import Backtest, Rule
from signals.views import threshold_draft as rows
from signals.views.backtest_rows import GONE
from signals.views.thresholds import shown_threshold

DAYS = 365
OWNERS_SHOWN = 8
NOT_IN_ORDER = "The condition is not in order yet; put the rows above right first."


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def backtest(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What a threshold, or a draft of it, would have done; a plain form comes back to the page with its key."""
    found = shown_threshold(request, slug)
    if request.method == "POST":
        return _run(request, found)
    key, now = request.GET.get("key", "")[:40], timezone.now()
    context = {
        "now": now,
        "threshold": found,
        "sentence": written.sentence_of(found, written.type_names()),
        "fresh": not key,
        **_window(now),
        **(_told(key) if key else {}),
    }
    return render(request, "signals/thresholds/backtest.html", context)


@page()
@require_http_methods(["POST"])
def backtest_new(request: HttpRequest) -> HttpResponseBase:
    """The same of a threshold that nobody has saved yet."""
    return _run(request, None)


@page()
def backtest_told(request: HttpRequest, key: str) -> HttpResponse:
    """The answer under its key, or that it is still being worked out."""
    return part(request, "signals/partials/backtest.html", _told(key), title="Backtest")


def _run(request: HttpRequest, found: Threshold | None) -> HttpResponseBase:
    now, title = timezone.now(), "Backtest"
    try:
        rule = _rule(request, found)
        since, until = _asked_window(request, now)
        key, _ = runs.start(threshold=found, rule=rule, since=since, until=until, now=now)
    except AbmopsError as error:
        # htmx shows what is answered with 200 only; a plain form gets the status.
        context = {"fault": NOT_IN_ORDER if isinstance(error, FieldErrors) else error.message, "now": now}
        return part(request, "signals/partials/backtest.html", context, title=title)
    if request.headers.get("HX-Request") == "true":
        return render(request, "signals/partials/backtest.html", _told(key))
    if found is None:
        return redirect("signals:backtest_told", key)
    return redirect(f"{reverse('signals:backtest', args=[found.slug])}?key={key}")


def _rule(request: HttpRequest, found: Threshold | None) -> Rule:
    """What the editor's form says; without one, what is in force."""
    form = request.POST
    draft = rows.from_form(form)
    version = found.current if found else None
    if draft is None:
        if version is None:
            raise FieldErrors.one("/condition", NOT_IN_ORDER)
        return Rule(condition.parse(version.condition), tuple(sorted(version.tiers)), version.rearm_days)
    read = condition.parse(draft, types=written.type_names())
    tiers = tuple(sorted({int(tier) for tier in form.getlist("tiers") if tier in {"1", "2", "3"}}))
    days = form.get("rearm_days", "")
    if not days.isdecimal() or len(days) > 4 or int(days) > 730:
        raise FieldErrors.one("/rearm_days", NOT_IN_ORDER)
    return Rule(read, tiers, int(days))


def _asked_window(request: HttpRequest, now: datetime) -> tuple[datetime, datetime]:
    """The days asked for, both included, in the reader's zone; the last twelve months where none are."""
    shown = _window(now)
    since = _day(request.POST.get("past-since", "")) or shown["past_since"]
    until = _day(request.POST.get("past-until", "")) or shown["past_until"]
    zone = timezone.get_current_timezone()
    start = datetime.combine(since, time(), zone)
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    return start, min(end, now)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year <= 2200 else None


def _window(now: datetime) -> dict[str, date]:
    today = timezone.localdate(now)
    return {"past_since": today - timedelta(days=DAYS), "past_until": today}


def _told(key: str) -> dict[str, Any]:
    """What the part of the page shows: the answer, that it is awaited, or why there is none."""
    tried = runs.answer(key)
    context: dict[str, Any] = {"key": key, "tried": tried, "now": timezone.now()}
    if tried is None:
        return context | ({"is_awaited": True} if runs.is_awaited(key) else {"fault": GONE})
    if tried.draft is None:
        return context | {"fault": tried.refused}
    names = written.type_names()
    return context | {
        "draft": tried.draft,
        "live": tried.live if tried.is_changed else None,
        "difference": tried.difference if tried.is_changed else None,
        "sentence_tried": tried.draft.rule.sentence(names) if tried.is_changed or not tried.slug else "",
        "owners": _owners(tried.draft),
    }


@page()
def backtest_weeks(request: HttpRequest, key: str) -> JsonResponse:
    """The weeks of the chart; scripts inside a part would not be let through by the page's policy."""
    tried = runs.answer(key)
    if tried is None or tried.draft is None:
        raise Http404(GONE)
    weeks = tried.draft.load.weeks
    series = [{"name": "Tried", "values": [count for _, count in weeks], "tone": "intent"}]
    if tried.is_changed and tried.live is not None:
        values = [count for _, count in tried.live.load.weeks]
        series.append({"name": "In force", "values": values, "tone": "fit"})
    labels = [f"{monday:%Y-%m-%d}" for monday, _ in weeks]
    return JsonResponse({"labels": labels, "series": series, "unit": "count"})


def _owners(draft: Backtest) -> list[tuple[str, int, Any]]:
    """The owners with most crossings, by name, with how many and how many a week."""
    busiest = draft.load_by_owner[:OWNERS_SHOWN]
    names = dict(User.objects.filter(pk__in=[pk for pk, _, _ in busiest if pk]).values_list("pk", "name"))
    return [
        (names.get(pk, "Somebody who left") if pk else "Nobody's accounts", n, load)
        for pk, n, load in busiest
    ]
