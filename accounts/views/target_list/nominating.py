"""The joint working session: nominating, and deciding what was nominated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role, Side
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.domain.capacity import Going
from accounts.models import Nomination, Via
from accounts.selectors import nominating as facts
from accounts.selectors.target_list import why_held
from accounts.services.changes import acting
from accounts.services.target_list import nominations as services
from accounts.services.target_list.rules import judge
from accounts.views.carrying_out import carried_out
from accounts.views.forms import side_of
from accounts.views.people import reader
from accounts.views.target_list import asking
from accounts.views.target_list.changing import count
from accounts.views.target_list.choosing import choosing
from accounts.views.target_list.forms import DecideForm, NominateForm
from accounts.views.target_list.listing import SIDES
from accounts.views.target_list.tabs import EDITORS, tab_answer

PAGE_SIZE = 25
AT_ONCE = 200
ACCEPT, REJECT = "accept", "reject"
SORTS = {"at": "at", "name": "account__name", "fit": "account__fit", "tier": "tier"}
ORDERS = (
    ("-at", "Newest first"),
    ("at", "Oldest first"),
    ("-fit", "Best fit first"),
    ("tier", "By tier"),
    ("name", "By name"),
)


@page()
def nominations(request: HttpRequest) -> HttpResponse:
    """What both sides ask for, with what is known of each account; those to decide unless others are asked for."""
    now, query = timezone.now(), request.GET
    rows, state, sort = _rows(request)
    shown = Paginator(rows, PAGE_SIZE).get_page(query.get("page"))
    context = {
        "page": shown,
        "rows": facts.with_evidence(list(shown.object_list), now=now),
        "state": state,
        "states": Nomination.State.choices,
        "sides": SIDES,
        "orders": ORDERS,
        "sort": sort,
        "agreed": "agreed" in query,
        "narrowed": any(query.get(name) for name in ("q", "side", "agreed")),
        "is_open": state == Nomination.State.OPEN,
        "me": reader(request).pk,
    }
    return tab_answer(request, "nominations", "accounts/target_list/nominations.html", context, now=now)


@page()
def nominations_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    rows, state, _ = _rows(request)
    header = [
        "Account", "Domain", "Tier now", "Nominated tier", "Side", "By", "When", "Why", "Fit", "State", "Decided by",
        "Decided", "Decision",
    ]  # fmt: skip
    return csv_answer(f"nominations-{state}", header, _cells(rows))


def _cells(rows: QuerySet[Nomination]) -> Iterator[list[Any]]:
    for row in rows.iterator(500):
        account, decided = row.account, row.decided_at
        yield [
            account.name, account.domain, account.tier, row.tier, row.get_side_display(), row.by.name if row.by else "",
            row.at.isoformat(timespec="seconds"), row.reason, round(account.fit, 1), row.get_state_display(),
            row.decided_by.name if row.decided_by else "", decided.isoformat(timespec="seconds") if decided else "",
            row.decision,
        ]  # fmt: skip


def _rows(request: HttpRequest) -> tuple[QuerySet[Nomination], str, str]:
    query = request.GET
    state = query.get("state", "")
    state = state if state in Nomination.State.values else Nomination.State.OPEN.value
    rows = facts.narrowed(
        facts.nominations(reader(request)),
        state=state,
        sides=asking.chosen(query, "side", Side.values),
        q=asking.words(query),
        agreed="agreed" in query,
    )
    sort = asking.order_of(query, SORTS, "-at")
    path = SORTS[sort.removeprefix("-")]
    return rows.order_by(f"-{path}" if sort.startswith("-") else path, "-pk"), state, sort


@page(*EDITORS)
def nominate(request: HttpRequest) -> HttpResponseBase:
    """Nominate the chosen accounts for one's side."""
    now, user = timezone.now(), reader(request)
    picked = choosing(request, user, editable=False)
    form = NominateForm(request.POST or None, initial={"side": side_of(user)})
    if form.is_valid():
        words = form.cleaned_data
        if not picked.chosen:
            form.add_error(None, "Choose at least one account: search above, tick, and press “Choose”.")
        else:
            what = f"Nominated {count(len(picked.chosen))} for tier {words['tier']}"
            with acting(
                by=user, via=Via.PAGE, what=what, side=words["side"], reason=words["reason"]
            ) as set_id:
                done = carried_out(
                    form, lambda: services.nominate(accounts=picked.ids, by=user, now=now, **words)
                )
            if done:
                forget_counts(user)
                undo = f"{reverse('target_list:undo', args=[set_id])}?back=nominations"
                toast(request, f"{what}. RevOps decides.", undo_url=undo)
                return redirect("target_list:nominations")
    context = {
        "form": form,
        "picked": picked,
        "held": list(why_held([one.pk for one in picked.chosen if not one.is_target], now=now).values()),
        "title": "Nominate accounts",
        "intro": "Marketing knows fit and intent, sales knows the field. RevOps reads both and decides.",
        "act": "Nominate",
        "nobody": "No account has this in its name or domains.",
    }
    status = 422 if form.is_bound and form.errors else 200
    return tab_answer(
        request, "nominations", "accounts/target_list/act.html", context, now=now, status=status
    )


@page(Role.REVOPS)
def decide(request: HttpRequest) -> HttpResponseBase:
    """Accept or reject the chosen nominations, with a reason."""
    asked = request.POST if request.method == "POST" else request.GET
    now, user, what = timezone.now(), reader(request), asked.get("do", "")
    ids = typed.row_ids(asked.getlist("pick"))[:AT_ONCE]
    rows = (
        facts.nominations(user)
        .filter(pk__in=ids, state=Nomination.State.OPEN)
        .order_by("account__name", "pk")
    )
    shown = facts.with_evidence(list(rows), now=now)
    if not shown or what not in (ACCEPT, REJECT):
        complain(request, "Choose some open nominations, then press Accept or Reject below them.")
        return redirect("target_list:nominations")
    accepts = what == ACCEPT
    past = _goes_past([row.nomination for row in shown], now=now) if accepts else []
    form = DecideForm(
        request.POST or None, accepts=accepts, asks_override=bool(past) or "override" in request.POST
    )
    if form.is_valid() and _decided(
        request, form, [row.nomination for row in shown], accepts=accepts, now=now
    ):
        return redirect("target_list:nominations")
    context = {"form": form, "rows": shown, "what": what, "accepts": accepts, "past": past}
    status = 422 if form.is_bound and form.errors else 200
    return tab_answer(
        request, "nominations", "accounts/target_list/decide.html", context, now=now, status=status
    )


def _goes_past(rows: list[Nomination], *, now: datetime) -> list[str]:
    """The rules that accepting them as nominated would go past; the service has the last word."""
    going = {
        row.account_id: Going(row.account_id, row.account.owner_id, row.account.tier, row.tier)
        for row in rows
    }
    return judge(going.values(), now=now).sentences()


def _decided(
    request: HttpRequest, form: DecideForm, rows: list[Nomination], *, accepts: bool, now: datetime
) -> bool:
    user, words = reader(request), form.cleaned_data
    ids, decision = [row.pk for row in rows], words["decision"]
    verb = "Accepted" if accepts else "Rejected"
    done: list[Nomination] = []
    with acting(by=user, via=Via.PAGE, what=f"{verb} nominations", reason=decision) as set_id:

        def act() -> None:
            if accepts:
                done.extend(
                    services.accept(
                        nominations=ids, decision=decision, by=user, now=now, tier=form.chosen(),
                        override=words.get("override", ""),
                    )
                )  # fmt: skip
            else:
                done.extend(services.reject(nominations=ids, decision=decision, by=user, now=now))

        if not carried_out(form, act):
            return False
    forget_counts(user)
    names = sorted({row.account.name for row in done})
    who = names[0] if len(names) == 1 else count(len(names))
    text = f"{verb}: {who}."
    toast(request, text, undo_url=f"{reverse('target_list:undo', args=[set_id])}?back=nominations")
    return True


@page(*EDITORS)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take one's nomination back."""
    user = reader(request)
    row = get_object_or_404(facts.nominations(user), pk=pk)
    with acting(by=user, via=Via.PAGE, what=f"Withdrew the nomination of {row.account}") as set_id:
        try:
            services.withdraw(nomination=row, by=user, now=timezone.now())
        except AbmopsError as error:
            complain(request, error.message)
            return redirect("target_list:nominations")
    forget_counts(user)
    undo = f"{reverse('target_list:undo', args=[set_id])}?back=nominations"
    toast(request, f"The nomination of {row.account} is withdrawn.", undo_url=undo)
    return redirect("target_list:nominations")
