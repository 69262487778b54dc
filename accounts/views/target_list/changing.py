"""Adding to the list, taking off it and re-tiering, one account or many; and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.domain.capacity import Band, Going
from accounts.models import Account, ChangeSet, ListMembership, Via
from accounts.selectors import target_list as facts
from accounts.services.changes import acting
from accounts.services.membership import Place, place_many
from accounts.services.undoing import undo
from accounts.views.carrying_out import carried_out
from accounts.views.forms import OFF, side_of
from accounts.views.people import reader
from accounts.views.target_list.choosing import choosing
from accounts.views.target_list.forms import ChangeForm
from accounts.views.target_list.tabs import EDITORS, tab_answer


def would_hold(accounts: Sequence[Account]) -> tuple[dict[int, str], bool]:
    """What each tier would hold with these accounts in it, in words; and whether some tier would be too full."""
    held = facts.holding()
    notes, too_many = {}, False
    for rule in facts.ceilings():
        going = [Going(one.pk, one.owner_id, one.tier, rule.tier) for one in accounts]
        then = held.after(going).tiers.get(rule.tier, 0)
        verb = "would hold" if accounts else "holds"
        notes[rule.tier] = f"{verb} {then:,} of at most {rule.most:,}"
        arrives = any(one.arrives for one in going) or not accounts
        mine = held.after(going).owners
        over_owner = rule.most_per_owner is not None and any(
            mine.get((one.owner_id, rule.tier), 0) > rule.most_per_owner
            for one in going
            if one.owner_id is not None and one.arrives
        )
        if accounts and rule.band(then) is Band.OVER:
            notes[rule.tier] += ", past its ceiling"
        elif over_owner:
            notes[rule.tier] += ", too many for one owner"
        too_many |= arrives and bool(accounts) and (rule.band(then) is Band.OVER or over_owner)
    return notes, too_many


@page(*EDITORS)
def change(request: HttpRequest) -> HttpResponseBase:
    """Choose accounts, a tier, a side and a reason. What it would do to the capacity stands beside each choice."""
    now, user = timezone.now(), reader(request)
    picked = choosing(request, user)
    wanted = request.GET.get("tier", "")
    notes, too_many = would_hold(picked.chosen)
    held = facts.why_held([one.pk for one in picked.chosen if not one.is_target], now=now)
    may_decide = user.has_role(Role.REVOPS)
    form = ChangeForm(
        request.POST or None,
        notes=notes,
        may_go_back=may_decide,
        asks_override=too_many or (bool(held) and may_decide) or "override" in request.POST,
        initial={
            "side": side_of(user),
            "tier": wanted if wanted in ("1", "2", "3", OFF) else "",
            "reason": request.GET.get("reason", "")[:200],
        },
    )
    if form.is_valid():
        if not picked.chosen:
            form.add_error(None, "Choose at least one account: search above, tick, and press “Choose”.")
        elif (answer := _changed(request, form, picked.chosen, now=now)) is not None:
            return answer
    context = {
        "form": form,
        "picked": picked,
        "held": list(held.values()),
        "title": "Change the list",
        "intro": "Add accounts, move them between tiers, or take them off. Side and reason stay in the history.",
        "act": "Change the list",
        "nobody": "No account that you may change has this in its name or domains.",
    }
    status = 422 if form.is_bound and form.errors else 200
    return tab_answer(request, "accounts", "accounts/target_list/act.html", context, now=now, status=status)


def _changed(
    request: HttpRequest, form: ChangeForm, chosen: Sequence[Account], *, now: datetime
) -> HttpResponse | None:
    user, tier, words = reader(request), form.chosen(), form.cleaned_data
    places = [Place(one.pk, tier, words["side"], words["reason"]) for one in chosen]
    rows: list[ListMembership] = []
    what = f"Target list: {count(len(chosen))} {place_of(tier)}"
    with acting(by=user, via=Via.PAGE, what=what, side=words["side"], reason=words["reason"]) as set_id:

        def act() -> None:
            override = words.get("override", "")
            rows.extend(place_many(places=places, by=user, now=now, at=words.get("at"), override=override))

        if not carried_out(form, act):
            return None
    if not rows:
        toast(request, "All of them were there already; nothing has changed.")
    else:
        who = chosen[0].name if len(chosen) == 1 else count(len(rows))
        toast(
            request,
            f"{who} {'is' if len(rows) == 1 else 'are'} now {place_of(tier)}.",
            undo_url=reverse("target_list:undo", args=[set_id]),
        )
    return redirect("target_list:accounts")


@page(*EDITORS)
@require_POST
def take_back(request: HttpRequest, change_set: UUID) -> HttpResponseBase:
    """Undo what somebody has just done on these pages: their own act, or any for RevOps."""
    user = reader(request)
    row = get_object_or_404(ChangeSet, pk=change_set)
    if row.by_id != user.pk and not user.has_role(Role.REVOPS):
        raise PermissionDenied
    try:
        undo(change_set=change_set, by=user, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        forget_counts(user)
        toast(request, "Taken back.")
    back = request.GET.get("back", "")
    names = {
        "nominations": "target_list:nominations",
        "quarantine": "target_list:quarantine",
        "proposals": "signals:proposals",
    }
    return redirect(names.get(back, "target_list:accounts"))


def place_of(tier: int | None) -> str:
    """`in tier 1`, `off the list`."""
    return f"in tier {tier}" if tier else "off the list"


def count(number: int) -> str:
    """`1 account`, `3 accounts`."""
    return "1 account" if number == 1 else f"{number:,} accounts"
