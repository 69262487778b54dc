"""The chosen accounts of the list, or all that match: hand them on, move them, take them off; asks first, one undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Lifecycle, Role
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import Account, Territory, User
from accounts.selectors import account_list as listing
from accounts.services import bulk as acts
from accounts.views.account_list import PAGE, wanted_from
from accounts.views.carrying_out import carried_out
from accounts.views.forms import OFF, OwnerForm, TierForm, side_of
from accounts.views.people import reader
from accounts.views.target_list.forms import override_field

EDITORS = (Role.MARKETER, Role.REP, Role.REVOPS)
SHOWN = 200


class TerritoryForm(forms.Form):
    """Where they belong."""

    territory = forms.ModelChoiceField(
        Territory.objects.order_by("name"), required=False, empty_label="No territory"
    )


class LifecycleForm(forms.Form):
    """Where they stand with us."""

    lifecycle = forms.ChoiceField(choices=Lifecycle.choices)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with the chosen."""

    title: str
    form: Callable[[Any, User], forms.Form]
    do: Callable[[forms.Form, list[int], User, datetime], acts.Done]


def _tier_form(data: Any, user: User, first: str = "") -> TierForm:
    form = TierForm(data, initial={"side": side_of(user), "tier": first})
    if data is not None and "override" in data:
        form.fields["override"] = override_field()
    return form


def _place(form: forms.Form, ids: list[int], by: User, now: datetime) -> acts.Done:
    assert isinstance(form, TierForm)
    said = form.cleaned_data
    return acts.change_places(
        accounts=ids,
        tier=form.chosen(),
        side=said["side"],
        reason=said["reason"],
        by=by,
        now=now,
        override=said.get("override", ""),
    )


ACTIONS: Mapping[str, Action] = {
    "owner": Action(
        "Hand accounts to",
        lambda data, user: OwnerForm(data),
        lambda form, ids, by, now: acts.hand_over(
            accounts=ids, owner=form.cleaned_data["owner"], by=by, now=now
        ),
    ),
    "tier": Action("Change tier", _tier_form, _place),
    OFF: Action("Take off the list", lambda data, user: _tier_form(data, user, OFF), _place),
    "territory": Action(
        "Set territory",
        lambda data, user: TerritoryForm(data),
        lambda form, ids, by, now: acts.move_to_territory(
            accounts=ids, territory=form.cleaned_data["territory"], by=by, now=now
        ),
    ),
    "lifecycle": Action(
        "Set lifecycle",
        lambda data, user: LifecycleForm(data),
        lambda form, ids, by, now: acts.set_lifecycle(
            accounts=ids, lifecycle=form.cleaned_data["lifecycle"], by=by, now=now
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which accounts: ticked ones, or all that match an address. `left_out` are not the reader's to change."""

    ids: list[int]
    left_out: int
    match: str
    is_all: bool


@page(*EDITORS)
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Asks, then does it for all of the chosen or for none."""
    user, now = reader(request), timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    what = asked.get("do", "")
    action = ACTIONS.get(what)
    chosen = _chosen(asked, user, now)
    back = f"{reverse(PAGE)}?{chosen.match}" if chosen.match else reverse(PAGE)
    if action is None or not chosen.ids:
        complain(
            request, "Choose some accounts that you may change, then press one of the buttons below the list."
        )
        return redirect(back)
    form = action.form(request.POST if request.method == "POST" else None, user)
    if form.is_valid() and (done := _done(form, action, chosen.ids, user, now)) is not None:
        _tell(request, done, len(chosen.ids), back)
        return redirect(back)
    return _asking(request, form, action, chosen, what)


def _chosen(asked: QueryDict, user: User, now: datetime) -> Chosen:
    """All that match is asked of the list anew: nobody sends ten thousand numbers."""
    match = asked.get("match", "")[:4_000]
    is_all = "all" in asked
    if is_all:
        found = listing.narrowed(wanted_from(QueryDict(match)), user=user, now=now)
    else:
        ids = typed.row_ids(asked.getlist("pick"))[:SHOWN]
        found = Account.objects.visible_to(user).filter(pk__in=ids)
    total = found.count()
    mine = found.filter(pk__in=Account.objects.editable_by(user).values("pk"))
    ids = list(mine.order_by("pk").values_list("pk", flat=True)[: acts.MOST + 1])
    return Chosen(ids, max(0, total - len(ids)) if len(ids) <= acts.MOST else 0, match, is_all)


def _done(form: forms.Form, action: Action, ids: list[int], user: User, now: datetime) -> acts.Done | None:
    """The act; None where it was refused."""
    done: list[acts.Done] = []
    carried_out(form, lambda: done.append(action.do(form, ids, user, now)))
    return done[0] if done else None


def _tell(request: HttpRequest, done: acts.Done, of: int, back: str) -> None:
    if not done.changed:
        toast(request, "All of them were so already; nothing has changed.")
        return
    already = f" The other {of - done.changed:,} were so already." if done.changed < of else ""
    toast(
        request,
        f"Done for {acts.counted(done.changed)}.{already}",
        undo_url=f"{reverse('changes:undo', args=[done.change_set])}?{urlencode({'next': back})}",
    )


def _asking(
    request: HttpRequest, form: forms.Form, action: Action, chosen: Chosen, what: str
) -> HttpResponse:
    accounts = (
        Account.objects.filter(pk__in=chosen.ids[:SHOWN]).select_related("owner").order_by("name", "pk")
    )
    context = {
        "form": form,
        "title": action.title,
        "what": what,
        "chosen": chosen,
        "accounts": list(accounts[:20] if chosen.is_all else accounts),
        "total": len(chosen.ids),
        "counted": acts.counted(len(chosen.ids)),
        "too_many": len(chosen.ids) > acts.MOST,
        "most": acts.MOST,
    }
    return render(
        request, "accounts/bulk.html", context, status=422 if form.is_bound and form.errors else 200
    )
