"""Re-tier proposals on the Target list: what the figures wish, and why; a person says yes or no, to one or many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import TIERS, Role, Side
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import Account, TierProposal, Via
from accounts.services.changes import acting
from accounts.services.target_list.rules import NeedsReason
from accounts.views.people import reader
from accounts.views.target_list.tabs import tab_answer
from signals.domain.tiering import place_words
from signals.selectors.tiering import list_policy
from signals.services import tiering

PAGE_SIZE = 50
AT_ONCE = 200
MOVES: dict[str, tuple[str, Q]] = {
    "join": ("Onto the list", Q(from_tier__isnull=True)),
    "up": ("Up a tier", Q(to_tier__lt=F("from_tier"))),
    "down": ("Down a tier", Q(to_tier__gt=F("from_tier"))),
    "leave": ("Off the list", Q(to_tier__isnull=True)),
}
SORTS = {
    "strength": ("evidence__0__strength", "Evidence"),
    "name": ("account__name", "Account"),
    "from": ("from_tier", "From"),
    "to": ("to_tier", "To"),
    "at": ("at", "Since"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know, it leaves out."""

    state: str
    move: str
    tier: str
    q: str
    mine: bool
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address."""
        state, move = query.get("state", "open"), query.get("move", "")
        tier, sort = query.get("tier", ""), query.get("sort", "-strength")
        return cls(
            state=state if state in TierProposal.State.values else "open",
            move=move if move in MOVES else "",
            tier=tier if tier in {"1", "2", "3"} else "",
            q=query.get("q", "").strip()[:120],
            mine="mine" in query,
            sort=sort if sort.removeprefix("-") in SORTS else "-strength",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the state narrows."""
        return bool(self.move or self.tier or self.q or self.mine)


def _found(request: HttpRequest, asked: Asked) -> QuerySet[TierProposal]:
    user = reader(request)
    visible = Account.objects.visible_to(user)
    rows = TierProposal.objects.filter(account__in=visible, state=asked.state)
    if asked.move:
        rows = rows.filter(MOVES[asked.move][1])
    if asked.tier:
        rows = rows.filter(from_tier=int(asked.tier))
    if asked.q:
        rows = rows.filter(Q(account__name__icontains=asked.q) | Q(account__domain__icontains=asked.q))
    if asked.mine:
        rows = rows.filter(account__owner=user)
    path = SORTS[asked.sort.removeprefix("-")][0]
    order = F(path).desc(nulls_last=True) if asked.sort.startswith("-") else F(path).asc(nulls_last=True)
    return rows.select_related("account", "account__owner", "account__state", "decided_by").order_by(
        order, "pk"
    )


@page()
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the strongest evidence first; also what was decided."""
    asked = Asked.of(request.GET)
    shown = Paginator(_found(request, asked), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "page": shown,
        "states": TierProposal.State.choices,
        "moves": [(name, label) for name, (label, _) in MOVES.items()],
        "tiers": TIERS,
        "sorts": [
            heading(name, label, query=request.GET, sort=asked.sort, down_first=name in {"strength", "at"})
            for name, (_, label) in SORTS.items()
        ],
        "policy": list_policy(),
        "rejected_for": tiering.REJECTED_FOR.days,
        "grown_points": tiering.GROWN_POINTS,
    }
    return tab_answer(request, "proposals", "signals/tiering.html", context, now=timezone.now())


@page()
def proposals_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed, the evidence in one cell."""
    found = _found(request, Asked.of(request.GET))

    def lines() -> Iterator[list[Any]]:
        for row in found.iterator(chunk_size=500):
            account = row.account
            evidence = " ".join(one["sentence"] for one in row.evidence)
            decided = row.decided_at.isoformat(timespec="seconds") if row.decided_at else ""
            by = row.decided_by.email if row.decided_by else ""
            owner = account.owner.email if account.owner else ""
            places = [place_words(row.from_tier), place_words(row.to_tier)]
            at = row.at.isoformat(timespec="seconds")
            yield [
                account.name,
                account.domain,
                owner,
                *places,
                evidence,
                at,
                row.state,
                decided,
                by,
                row.decision,
            ]

    header = [
        "account", "domain", "owner", "from", "to", "evidence", "since", "state", "decided_at", "decided_by", "decision"
    ]  # fmt: skip
    return csv_answer("tier-proposals", header, lines())


@page(Role.REVOPS)
@require_POST
def run(request: HttpRequest) -> HttpResponseBase:
    """Work the proposals out now, instead of waiting for the night."""
    done = tiering.propose_tiers(now=timezone.now())
    forget_counts(reader(request))
    toast(
        request,
        f"Read from the figures of this moment: {done.opened} new, {done.updated} changed, {done.passed} no longer so.",
    )
    return redirect("signals:proposals")


class AnswerForm(forms.Form):
    """Yes or no to the chosen proposals, in the person's own words."""

    words = forms.CharField(
        label="Your words",
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="They stand in the history of the list before the evidence.",
    )
    override = forms.CharField(
        label="Why go past the rule",
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A full tier, a full owner or a quarantine wants a reason of its own; it is listed under Overrides.",
    )

    def __init__(self, *args: Any, rejecting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rejecting:
            del self.fields["override"]
            self.fields["words"].required = True
            self.fields["words"].label = "Why not"
            self.fields["words"].help_text = "It holds for 90 days, unless more speaks for it by then."


@page(Role.REVOPS)
def decide(request: HttpRequest) -> HttpResponseBase:
    """Accept or reject the chosen proposals; asks first."""
    asked = request.POST if request.method == "POST" else request.GET
    do = asked.get("do", "")
    picked = [int(value) for value in asked.getlist("pick") if value.isdecimal()][:AT_ONCE]
    chosen = list(
        TierProposal.objects.filter(pk__in=picked, state=TierProposal.State.OPEN)
        .select_related("account")
        .order_by("account__name", "pk")
    )
    if not chosen or do not in {"accept", "reject"}:
        complain(
            request, "Choose some proposals that are still open, then accept or reject them below the list."
        )
        return redirect("signals:proposals")
    form = AnswerForm(request.POST if request.method == "POST" else None, rejecting=do == "reject")
    if form.is_valid() and _done(request, form, chosen, do):
        forget_counts(reader(request))
        return redirect("signals:proposals")
    context = {"form": form, "chosen": chosen, "do": do}
    status = 422 if form.is_bound else 200
    template = "signals/tiering_answer.html"
    return tab_answer(request, "proposals", template, context, now=timezone.now(), status=status)


def _done(request: HttpRequest, form: AnswerForm, chosen: list[TierProposal], do: str) -> bool:
    """Answer them as one act, which can be taken back whole."""
    ids, words, now, user = (
        [row.pk for row in chosen],
        form.cleaned_data["words"],
        timezone.now(),
        reader(request),
    )
    many = f"{len(ids)} proposals" if len(ids) > 1 else f"The proposal for {chosen[0].account.name}"
    verb = f"{do}ed"
    try:
        with acting(
            by=user, via=Via.PAGE, what=f"Tier proposals {verb}", side=Side.REVOPS, reason=words
        ) as change_set:
            if do == "reject":
                tiering.reject(proposals=ids, words=words, by=user, now=now)
            else:
                override = form.cleaned_data["override"]
                tiering.accept(proposals=ids, words=words, override=override, by=user, now=now)
    except NeedsReason as error:
        form.add_error("override", error.message)
        return False
    except AbmopsError as error:
        form.add_error(None, error.message)
        return False
    undo = f"{reverse('target_list:undo', args=[change_set])}?back=proposals"
    toast(request, f"{many} {verb}{'' if do == 'reject' else '; the list has changed'}.", undo_url=undo)
    return True
