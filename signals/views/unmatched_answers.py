"""What a person says of groups of unmatched signals: an account, an alias, nobody's; with the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.domain.records import AccountRecord
from accounts.models import Account, User
from accounts.selectors.duplicates import called, findable
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from signals.selectors import unmatched as waiting
from signals.selectors.unmatched import Group
from signals.services import unmatched as deciding
from signals.views.unmatched import DAYS, frame
from signals.views.unmatched_forms import AccountForm, NamesForm, ReasonForm

GIVERS = (Role.MARKETER, Role.REVOPS, Role.REP)
KEEPERS = (Role.MARKETER, Role.REVOPS)
AT_ONCE = 50
TITLES = {
    "account": "Make an account",
    "alias": "Give to an account",
    "external": "Give to an account",
    "person": "Give to an account",
    "ignore": "Ignore",
}


@page(*GIVERS)
def answer(request: HttpRequest) -> HttpResponseBase:
    """Ask what has to be known, then do it: one group or several, one act."""
    asked = request.POST if request.method == "POST" else request.GET
    now, user, do = timezone.now(), reader(request), asked.get("do", "")
    picked = list(dict.fromkeys(key.replace("\0", "")[:300] for key in asked.getlist("pick")))[:AT_ONCE]
    groups = waiting.groups_of(picked, since=now - timedelta(days=max(DAYS)))
    email = asked.get("email", "").strip()[:254]
    if do in {"alias", "account"} and len(groups) > 1:
        groups = [group for group in groups if group.is_company]
    if do not in TITLES or not groups:
        complain(request, "Choose groups that can be given to an account, then say what they are.")
        return redirect("signals:unmatched")
    if do in {"account", "ignore"} and not user.has_role(*KEEPERS):
        complain(request, "Marketing and RevOps decide that. You may give signals to your own accounts.")
        return redirect("signals:unmatched")
    if do == "alias" and not groups[0].is_company:
        do = "external" if groups[0].kind == "external" else "person"
    context: dict[str, Any] = {
        "now": now, "do": do, "title": TITLES[do], "groups": groups, "email": email,
    } | frame(request, "waiting")  # fmt: skip
    if do in {"account", "ignore"}:
        return _with_form(request, groups, do, user, now, context)
    return _with_account(request, groups, do, user, now, context)


def _with_form(
    request: HttpRequest, groups: list[Group], do: str, user: User, now: datetime, context: dict[str, Any]
) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    form: forms.Form
    if do == "ignore":
        form = ReasonForm(data)
    elif len(groups) > 1:
        form = NamesForm(data, groups=groups)
    else:
        form = AccountForm(data, group=groups[0], initial=_guess(groups[0]))
    if form.is_valid():

        def act() -> None:
            if do == "ignore":
                _ignored(request, [group.key for group in groups], form.cleaned_data["reason"], user, now)
            else:
                _made(request, groups, form.cleaned_data, user, now)

        if carried_out(form, act):
            forget_counts(user)
            return redirect("signals:unmatched")
    status = 422 if form.is_bound else 200
    return render(request, "signals/unmatched/answer.html", context | {"form": form}, status=status)


def _guess(group: Group) -> dict[str, str]:
    if group.is_company:
        return {"name": waiting.name_from(group.name), "domain": group.name}
    return {}


def _made(
    request: HttpRequest, groups: list[Group], said: Mapping[str, Any], user: User, now: datetime
) -> None:
    """Make an account of each group, place its signals there, and say what came of it."""
    records: list[AccountRecord] = []
    for index, group in enumerate(groups):
        record: AccountRecord = {"name": str(said.get("name") or said.get(f"name_{index}"))}
        if domain := (group.name if group.is_company else str(said.get("domain") or "")):
            record["domain"] = domain.strip().lower()
        if not group.is_company:
            record["external_ids"] = {str(said["system"]).strip().lower(): group.name}
        if said.get("country"):
            record["country"] = said["country"]
        records.append(record)
    with transaction.atomic():
        done = [
            deciding.make_account(groups=[group.key], record=record, by=user, now=now)
            for group, record in zip(groups, records, strict=True)
        ]
    if len(done) == 1:
        toast(request, done[0].said, undo_url=_undo(done[0].resolution.pk))
        return
    placed = sum(one.resolution.signals for one in done)
    crossed = sum(one.resolution.crossings for one in done)
    words = (
        "no threshold crossed" if not crossed else f"{crossed} threshold crossing{'s' if crossed > 1 else ''}"
    )
    toast(request, f"{len(done)} accounts made; {placed:,} signals placed, {words}.")


def _undo(resolution: UUID) -> str:
    return reverse("signals:unmatched_undo", args=[resolution])


def _ignored(request: HttpRequest, keys: list[str], reason: str, user: User, now: datetime) -> None:
    done = deciding.ignore(groups=keys, reason=reason, by=user, now=now)
    names = waiting.source_names()
    said = waiting.name_of(keys[0], names) if len(keys) == 1 else f"{len(keys)} groups"
    params = urlencode([("pick", key) for key in done])
    undo = f"{reverse('signals:unmatched_restore')}?{params}" if done else ""
    toast(request, f"{said} shown no more. Signals stay stored, under Ignored.", undo_url=undo)


def _with_account(
    request: HttpRequest, groups: list[Group], do: str, user: User, now: datetime, context: dict[str, Any]
) -> HttpResponseBase:
    """Which account? Searched for, suggested, or said with the click."""
    asked = request.POST if request.method == "POST" else request.GET
    q, chosen = asked.get("q", "").replace("\0", "").strip()[:120], asked.get("account", "")
    system, error = asked.get("system", "").strip()[:40], ""
    if request.method == "POST":
        account = called(Account.objects.visible_to(user), typed.row_id(chosen))
        error = "Choose the account." if account is None else _given(request, groups, do, account, user, now)
        if not error:
            forget_counts(user)
            return redirect("signals:unmatched")
    suggested = {one.account_id: one for group in groups for one in group.suggestions}
    names = {row.pk: row for row in Account.objects.filter(pk__in=suggested).select_related("owner")}
    found = [(names[pk], one.why) for pk, one in suggested.items() if pk in names]
    found += [(row, "") for row in findable(user, q, other_than=0) if row.pk not in names]
    more = {"q": q, "chosen": chosen, "system": system, "error": error, "found": found}
    return render(request, "signals/unmatched/answer.html", context | more, status=422 if error else 200)


def _given(
    request: HttpRequest, groups: list[Group], do: str, account: Account, user: User, now: datetime
) -> str:
    """Do it; what stands in the way comes back as a sentence."""
    keys = [group.key for group in groups]
    acts: dict[str, Callable[[], deciding.Outcome]] = {
        "alias": lambda: deciding.add_domains(groups=keys, account=account, by=user, now=now),
        "external": lambda: deciding.add_external_id(
            group=keys[0], system=request.POST.get("system", ""), account=account, by=user, now=now
        ),
        "person": lambda: deciding.add_person(
            email=request.POST.get("email", ""), account=account, by=user, now=now
        ),
    }
    try:
        done = acts[do]()
    except AbmopsError as error:
        return error.message
    toast(request, done.said, undo_url="" if done.resolution.later else _undo(done.resolution.pk))
    return ""


@page(*GIVERS)
@require_POST
def give(request: HttpRequest) -> HttpResponseBase:
    """A suggestion taken with one click: `give` is the account's number and the group's key."""
    account_id, _, key = request.POST.get("give", "").partition(" ")
    user, now = reader(request), timezone.now()
    account = called(Account.objects.visible_to(user), typed.row_id(account_id))
    if account is None:
        raise Http404
    try:
        done = deciding.add_domains(groups=[key], account=account, by=user, now=now)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        forget_counts(user)
        toast(request, done.said, undo_url="" if done.resolution.later else _undo(done.resolution.pk))
    return redirect("signals:unmatched")


@page(*KEEPERS)
@require_POST
def ignore(request: HttpRequest) -> HttpResponseBase:
    """One click: this group is nobody's."""
    keys = [key.replace("\0", "")[:300] for key in request.POST.getlist("pick")][:AT_ONCE]
    if keys:
        _ignored(request, keys, "", reader(request), timezone.now())
    return redirect("signals:unmatched")


@page(*KEEPERS)
@require_POST
def restore(request: HttpRequest) -> HttpResponseBase:
    """Show groups again; what became an account meanwhile has its signals placed."""
    keys = [*request.GET.getlist("pick"), *request.POST.getlist("pick")][:AT_ONCE]
    count = deciding.restore(groups=keys, by=reader(request), now=timezone.now())
    toast(request, f"{count} group{'' if count == 1 else 's'} shown again.")
    return redirect("signals:unmatched_ignored" if request.POST.get("pick") else "signals:unmatched")


@page(*GIVERS)
@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a decision back with its signals."""
    user = reader(request)
    try:
        row = deciding.take_back(resolution=pk, by=user, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        forget_counts(user)
        toast(request, f"Taken back. {row.signals:,} signal{'' if row.signals == 1 else 's'} wait again.")
    return redirect("signals:unmatched")
