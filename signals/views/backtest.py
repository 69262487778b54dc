"""A threshold over the past: asked from the editor or its own page, told in sentences, every number opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from abmops.lib.errors import AbmopsError, FieldErrors
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.partials import part
from accounts.models import Account, Opportunity, User
from signals.domain import condition
from signals.domain.backtest.outcome import Judged, Opening
from signals.models import Threshold
from signals.selectors import thresholds as written
from signals.services import backtest_runs as runs
from signals.services.backtest import Backtest, Rule
from signals.views import threshold_draft as rows
from signals.views.thresholds import shown_threshold

PAGE_SIZE = 50
DAYS = 365
OWNERS_SHOWN = 8
NOT_IN_ORDER = "The condition is not in order yet; put the rows above right first."
GONE = "This backtest is no longer kept; run it again."


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
    return part(request, "signals/partials/backtest.html", _told(key), title="Over the past")


def _run(request: HttpRequest, found: Threshold | None) -> HttpResponseBase:
    now, title = timezone.now(), "Over the past"
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
    if not days.isdecimal() or int(days) > 730:
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
    """What the partial shows."""
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
        "sentence_tried": condition.threshold_sentence(
            tried.draft.rule.condition,
            tiers=tried.draft.rule.tiers,
            rearm_days=round(tried.draft.rule.rearm_days),
            names=names,
        ),
        "chart": _chart(tried),
        "owners": _owners(tried.draft),
    }


def _chart(tried: runs.Tried) -> dict[str, Any]:
    assert tried.draft is not None
    weeks = tried.draft.load.weeks
    series = [{"name": "Tried", "values": [count for _, count in weeks], "tone": "intent"}]
    if tried.is_changed and tried.live is not None:
        values = [count for _, count in tried.live.load.weeks]
        series.append({"name": "In force", "values": values, "tone": "fit"})
    return {"labels": [f"{monday:%Y-%m-%d}" for monday, _ in weeks], "series": series, "unit": "count"}


def _owners(draft: Backtest) -> list[tuple[str, int, Any]]:
    """The busiest owners by name."""
    busiest = draft.load_by_owner[:OWNERS_SHOWN]
    names = dict(User.objects.filter(pk__in=[pk for pk, _, _ in busiest if pk]).values_list("pk", "name"))
    return [
        (names.get(pk, "Somebody who left") if pk else "Nobody's accounts", n, load)
        for pk, n, load in busiest
    ]


# --- The rows behind a number ---------------------------------------------------------------------------------------

SHOWN = {
    "crossed": "Accounts that would have crossed",
    "opened": "Crossings after which an opportunity opened",
    "quiet": "Crossings after which none opened",
    "waiting": "Crossings whose 60 days have not passed yet",
    "kept": "Accounts that cross either way",
    "gained": "Accounts that only what was tried finds",
    "lost": "Accounts that only what is in force finds",
    "seen": "Opportunities that it would have announced",
    "missed": "Opportunities that it would have missed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A crossing (`at`) or an opportunity (`opened_at`), or both, with its account."""

    account: Account
    at: datetime | None
    opened_at: datetime | None
    tier: int | None
    opportunity: str = ""

    @property
    def days(self) -> float | None:
        """From the crossing to the opening."""
        return (self.opened_at - self.at) / timedelta(days=1) if self.at and self.opened_at else None


@page()
def backtest_rows(request: HttpRequest, key: str) -> HttpResponse:
    """The accounts and opportunities behind one number."""
    tried, show = _kept(key), _show(request)
    found = _found(tried, show)
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": timezone.now(),
        "key": key,
        "tried": tried,
        "show": show,
        "title": SHOWN[show],
        "shows": SHOWN.items()
        if tried.is_changed
        else [one for one in SHOWN.items() if one[0] not in CHANGED],
        "page": shown,
        "rows": _lines(list(shown.object_list)),
    }
    return render(request, "signals/thresholds/backtest_rows.html", context)


@page()
def backtest_csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """All of them."""
    show = _show(request)
    header = ("Account", "Domain", "Tier then", "Crossed at", "Opportunity", "Opened at", "Days between")
    return csv_answer(f"backtest-{show}", header, _csv(_lines(_found(_kept(key), show))))


CHANGED = {"kept", "gained", "lost"}


def _show(request: HttpRequest) -> str:
    asked = request.GET.get("show", "")
    return asked if asked in SHOWN else "crossed"


def _kept(key: str) -> runs.Tried:
    tried = runs.answer(key)
    if tried is None or tried.draft is None:
        raise Http404(GONE)
    return tried


def _found(tried: runs.Tried, show: str) -> list[Judged | Opening]:
    """The rows, newest first."""
    draft, live = tried.draft, tried.live
    assert draft is not None
    if show in ("seen", "missed"):
        openings = [one for one in draft.openings if (one.crossed_at is None) is (show == "missed")]
        return [*sorted(openings, key=lambda one: one.opened_at, reverse=True)]
    crossings = draft.crossings
    if show in CHANGED and live is not None and tried.difference is not None:
        crossings = live.crossings if show == "lost" else draft.crossings
        wanted: frozenset[int] = getattr(tried.difference, show)
        crossings = tuple(one for one in crossings if one.account_id in wanted)
    if show == "waiting":
        crossings = tuple(one for one in crossings if not one.is_judged)
    if show in ("opened", "quiet"):
        crossings = tuple(
            one for one in crossings if one.is_judged and (one.opened_at is not None) is (show == "opened")
        )
    return [*sorted(crossings, key=lambda one: one.at, reverse=True)]


def _lines(found: Sequence[Judged | Opening]) -> list[Line]:
    accounts = Account.objects.in_bulk({one.account_id for one in found})
    names = {
        pk: str(row)
        for pk, row in Opportunity.objects.in_bulk(
            [one.opportunity_id for one in found if isinstance(one, Opening)]
        ).items()
    }
    lines = []
    for one in found:
        account = accounts.get(one.account_id)
        if account is None:
            continue
        if isinstance(one, Opening):
            name = names.get(one.opportunity_id, "")
            lines.append(Line(account, one.crossed_at, one.opened_at, account.tier, name))
        else:
            lines.append(Line(account, one.at, one.opened_at, one.tier))
    return lines


def _csv(lines: list[Line]) -> Iterator[list[object]]:
    for line in lines:
        at, opened_at = (
            moment.isoformat(timespec="seconds") if moment else "" for moment in (line.at, line.opened_at)
        )
        days = "" if line.days is None else round(line.days, 1)
        account = line.account
        yield [account.name, account.domain, line.tier, at, line.opportunity, opened_at, days]
