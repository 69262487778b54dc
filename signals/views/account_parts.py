"""The parts that signals have on the account page."""

from datetime import UTC, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.partials import part
from accounts.views.account_page import visible_account
from accounts.views.people import reader
from signals.api.score import explained
from signals.domain.score_picture import draw
from signals.selectors import book, crossings, evidence, near, thresholds
from signals.selectors.score_history import DAYS, history
from signals.views import reading
from signals.views.feedback import verdicts_of

SHOWN_REASONS = 6


@page()
def score_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The score at this moment, taken apart."""
    shown, now = visible_account(request, pk), timezone.now()
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=DAYS)
    past = history(shown.pk, since=since, until=today)
    score = explained(shown, now, deep=True)
    context = {
        "now": now,
        "account": shown,
        "score": score,
        "apart": score["apart"],
        "shown": SHOWN_REASONS,
        "past": past,
        "since": since,
        "picture": draw(
            [(row.day, row.score, row.intent) for row in past.days],
            [(row.pk, row.crossed_at, row.score, row.threshold.name) for row in past.crossings],
            since=since,
            until=today,
        ),
    }
    return part(request, "signals/partials/score.html", context, title=f"Score of {shown.name}")


@page()
def peek_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The score in two lines, for the side panel of the list."""
    shown, now = visible_account(request, pk), timezone.now()
    context = {"now": now, "account": shown, "score": explained(shown, now)}
    return part(request, "signals/partials/score_peek.html", context, title=f"Score of {shown.name}")


@page()
def trend_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """Signals a week, thresholds one fact away, and the newest crossings."""
    shown, now = visible_account(request, pk), timezone.now()
    weeks = reading.weekly_signals(shown, now=now)
    names = thresholds.type_names()
    crossed = list(crossings.crossings(request.user).filter(account=shown)[:4])  # type: ignore[arg-type]
    context = {
        "now": now,
        "account": shown,
        "verdicts": verdicts_of(reader(request), crossings=[one.pk for one in crossed]),
        "weeks": weeks,
        "total": sum(weeks),
        "near": near.near(shown, book(), now=now, names=names)[:4],
        "crossed": crossed,
        "told": evidence.told_of(crossed, now=now, zone=timezone.get_current_timezone()),
    }
    return part(request, "signals/partials/trend.html", context, title=f"Signals of {shown.name}")
