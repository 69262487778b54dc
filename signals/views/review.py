"""The Signals page, for fifteen minutes on Wednesday: who is in market, what crossed, tagged and assigned in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import TIERS, Role, SourceKind, Urgency
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.csvs import csv_answer
from abmops.ui.partials import part
from abmops.ui.toasts import toast
from accounts.models import Account, User
from accounts.services import bulk
from accounts.views.account_page import visible_account
from accounts.views.carrying_out import carried_out
from accounts.views.forms import OwnerForm
from accounts.views.people import reader
from signals.models import Threshold
from signals.selectors import review
from signals.selectors.evidence import told_of
from signals.selectors.review import Wanted
from signals.views.feedback import verdicts_of

SHOWN_CROSSINGS = 12
PAGE_SIZE = 25
WEDNESDAY = 2
SINCE_WEDNESDAY = "wednesday"
WINDOWS = {
    "1": "The last day",
    "7": "The last 7 days",
    "14": "The last 14 days",
    "30": "The last 30 days",
    "90": "The last 90 days",
}
SORT_TITLES = {"score": "Score", "rise": "In 7 days", "week": "This week", "last": "Last signal"}
CROSSINGS, MARKET = "crossings", "market"
ASSIGNERS = (Role.MARKETER, Role.REP, Role.REVOPS)


def last_wednesday(now: datetime) -> datetime:
    """The midnight, in the reader's zone, that began the latest Wednesday before today."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    back = (today.weekday() - WEDNESDAY) % 7 or 7
    return (today.replace(tzinfo=None) - timedelta(days=back)).replace(tzinfo=today.tzinfo)


def wanted_from(asked: QueryDict, now: datetime) -> Wanted:
    """What the address asks for; what it does not understand is left out."""
    window = asked.get("window", SINCE_WEDNESDAY)
    since = now - timedelta(days=int(window)) if window in WINDOWS else last_wednesday(now)
    whose = asked.get("whose", "")
    if whose not in {review.MINE, review.TEAM, review.NOBODY} and not typed.row_id(whose):
        whose = review.MINE if "mine" in asked else review.EVERYBODY
    threshold, urgency, kind = asked.get("threshold", ""), asked.get("urgency", ""), asked.get("kind", "")
    return Wanted(
        q=asked.get("q", "").replace("\0", "").strip()[:120],
        tiers=tuple(tier for tier, _ in TIERS if str(tier) in asked.getlist("tier")),
        whose=whose,
        kind=kind if kind in SourceKind.values else "",
        is_surging="surging" in asked,
        threshold=typed.row_id(threshold) or None,
        urgency=urgency if urgency in Urgency.values else "",
        is_untagged="untagged" in asked,
        is_waiting="waiting" in asked,
        since=since,
        sort=asked.get("sort", "") if asked.get("sort", "") in review.SORTS else "score",
    )


@page()
def signals(request: HttpRequest) -> HttpResponse:
    """The review; `show` asks for one of its two lists in full."""
    user, now = reader(request), timezone.now()
    wanted, show = wanted_from(request.GET, now), request.GET.get("show", "")
    context: dict[str, Any] = {"now": now, "tab": "market", "show": show, "wanted": wanted}
    context |= _choices(wanted, request.GET)
    if show != MARKET:
        found = review.crossed(user, wanted, now=now)
        size = PAGE_SIZE if show == CROSSINGS else SHOWN_CROSSINGS
        shown = Paginator(found, size).get_page(request.GET.get("page") if show == CROSSINGS else None)
        crossings = list(shown.object_list)
        told = told_of(crossings, now=now, zone=timezone.get_current_timezone())
        context |= {
            "crossings": shown,
            "crossed": [(one, told[one.pk]) for one in crossings],
            "verdicts": verdicts_of(user, crossings=[one.pk for one in crossings]),
        }
    if show != CROSSINGS:
        market = Paginator(review.in_market(user, wanted, now=now), PAGE_SIZE).get_page(
            request.GET.get("page") if show == MARKET else None
        )
        context |= {"market": market, "rows": review.with_drivers(market.object_list, now=now)}
    if not show:
        context["agenda"] = review.agenda(user, since=last_wednesday(now), now=now)
    context["may_assign"] = user.is_superuser or user.role in ASSIGNERS
    context["asked"] = _kept(request.GET)
    context["sorts"] = [_sort(name, request.GET, wanted) for name in review.SORTS]
    return render(request, "signals/review.html", context)


def _kept(asked: QueryDict) -> str:
    """The address's own narrowing, for links to the whole lists."""
    kept = asked.copy()
    for name in ("page", "show"):
        kept.pop(name, None)
    return kept.urlencode()


def _sort(name: str, asked: QueryDict, wanted: Wanted) -> dict[str, str]:
    """A column's title as a link that orders by it; the order is always the largest first."""
    params = asked.copy()
    params.pop("page", None)
    params["sort"] = name
    return {
        "name": name,
        "label": SORT_TITLES[name],
        "url": f"?{params.urlencode()}",
        "aria": "descending" if wanted.sort == name else "",
    }


def _choices(wanted: Wanted, asked: QueryDict) -> dict[str, Any]:
    """What the filters offer, with what is chosen."""
    people = User.objects.here().filter(role=Role.REP).values_list("pk", "name")
    window = asked.get("window", "")
    both = bool(wanted.q or wanted.tiers or wanted.whose or wanted.kind or wanted.is_surging)
    one_of = (wanted.threshold, wanted.urgency, wanted.is_untagged, wanted.is_waiting)
    crossings = window in WINDOWS or any(one_of)
    return {
        "tiers": [(value, label, value in wanted.tiers) for value, label in TIERS],
        "whose": [
            (review.EVERYBODY, "Everybody's"),
            (review.MINE, "Mine"),
            (review.TEAM, "My territory's"),
            (review.NOBODY, "Nobody's: the pool"),
            *((str(pk), name) for pk, name in people),
        ],
        "kinds": SourceKind.choices,
        "urgencies": Urgency.choices,
        "thresholds": list(
            Threshold.objects.exclude(status=Threshold.Status.DRAFT)
            .order_by("name")
            .values_list("pk", "name")
        ),
        "windows": [(SINCE_WEDNESDAY, "Since last Wednesday"), *WINDOWS.items()],
        "window": window if window in WINDOWS else SINCE_WEDNESDAY,
        "is_narrowed": both or crossings,
        "narrows_both": both,
        "narrows_crossings": crossings,
        "sla_days": review.WAITING_DAYS,
    }


@page()
def in_market_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole list as narrowed."""
    now = timezone.now()
    found = review.in_market(reader(request), wanted_from(request.GET, now), now=now)

    def lines() -> Iterator[list[Any]]:
        for row in review.with_drivers(found, now=now):
            account, state = row.account, row.state
            last = state.last_signal_at.isoformat(timespec="seconds") if state.last_signal_at else ""
            yield [
                account.name,
                account.domain,
                account.tier,
                round(state.score, 1),
                round(row.rise, 1),
                round(state.intent, 1),
                row.week.words if row.week else "",
                "yes" if row.week and row.week.is_surging else "no",
                "; ".join(row.drivers),
                last,
                account.owner.name if account.owner else "",
                row.running.plain if row.running else 0,
            ]

    header = [
        "Account", "Domain", "Tier", "Score", "In 7 days", "Intent", "This week", "Surging", "Driven by, 30 days",
        "Last signal", "Owner", "Live plays",
    ]  # fmt: skip
    return csv_answer("in-market", header, lines())


@page()
def crossings_csv(request: HttpRequest) -> HttpResponseBase:
    """The crossings as narrowed, their evidence in one cell."""
    now = timezone.now()
    found = review.crossed(reader(request), wanted_from(request.GET, now), now=now)

    def lines() -> Iterator[list[Any]]:
        rows = Paginator(found, 500)
        for number in rows.page_range:
            page_of = list(rows.page(number).object_list)
            told = told_of(page_of, now=now, zone=timezone.get_current_timezone())
            for crossing in page_of:
                owner = crossing.account.owner
                yield [
                    crossing.account.name,
                    crossing.account.domain,
                    crossing.account.tier,
                    crossing.threshold.name,
                    crossing.get_urgency_display(),
                    crossing.crossed_at.isoformat(timespec="seconds"),
                    round(crossing.score, 1),
                    told[crossing.pk].line,
                    owner.name if owner else "",
                ]

    header = ["Account", "Domain", "Tier", "Threshold", "Urgency", "Crossed", "Score", "Evidence", "Owner"]
    return csv_answer("crossings", header, lines())


@page(*ASSIGNERS)
def assign(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Whose account it is, and what upper apps can do for it from here; a POST hands it over."""
    account, user = visible_account(request, pk), reader(request)
    place, back = request.GET.get("place", "")[:20], _back(request)
    mine = Account.objects.editable_by(user).filter(pk=account.pk).exists()
    form = OwnerForm(request.POST if request.method == "POST" else None, initial={"owner": account.owner_id})
    done: list[bulk.Done] = []
    if request.method == "POST":
        if not mine:
            raise PermissionDenied
        if form.is_valid():
            owner, now = form.cleaned_data["owner"], timezone.now()
            carried_out(
                form,
                lambda: done.append(bulk.hand_over(accounts=[account.pk], owner=owner, by=user, now=now)),
            )
    if done:
        account.refresh_from_db()
        name = account.owner.name if account.owner else "the SDR pool"
        if done[0].changed:
            undo = reverse("changes:undo", args=[done[0].change_set])
            toast(
                request,
                f"{account.name} now belongs to {name}.",
                undo_url=f"{undo}?{urlencode({'next': back})}",
            )
        else:
            toast(request, f"{account.name} belonged to {name} already; nothing has changed.")
        if request.headers.get("HX-Request") != "true":
            return redirect(back)
    form.fields["owner"].widget.attrs["autofocus"] = True
    context = {
        "account": account,
        "form": form,
        "may_hand_over": mine,
        "place": place,
        "back": back,
        "is_done": bool(done),
        "here": f"{reverse('signals:assign', args=[account.pk])}?{urlencode({'place': place, 'back': back})}",
    }
    return part(request, "signals/partials/assign.html", context, title=f"Assign {account.name}")


def _back(request: HttpRequest) -> str:
    """The list that it was opened from, as it was narrowed."""
    return own_address(request, request.GET.get("back", "")) or reverse("signals:list")
