"""The accounts and opportunities behind each number of a backtest, as a page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.models import Account, Opportunity
from signals.domain.backtest.outcome import Judged, Opening
from signals.services import backtest_runs as runs

PAGE_SIZE = 50
GONE = "This backtest is no longer kept; run it again."

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
    """The crossings or opportunities behind one number, newest first."""
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
