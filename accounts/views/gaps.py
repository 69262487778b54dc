"""Data gaps: what is missing or stale, the most valuable first; asked for, confirmed, and taken out for enrichment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import TIERS, Role
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from abmops.ui.toasts import complain, toast
from accounts.domain.gaps import BY_KEY, CATALOGUE
from accounts.models import Account, User
from accounts.selectors import enrichment
from accounts.selectors import gaps as holes
from accounts.services import gaps as services
from accounts.views.people import reader

EDITORS = (Role.MARKETER, Role.REP, Role.REVOPS)
PAGE_SIZE = 50
AT_ONCE = 200
HEADINGS = (
    ("name", "Account", False),
    ("tier", "Tier", False),
    ("fit", "Fit", True),
    ("gaps", "Gaps", True),
    ("worth", "Value", True),
)


def wanted_from(query: QueryDict, user: User) -> holes.Wanted:
    """What the address asks for; whatever it does not know, it leaves out."""
    sort = query.get("sort", "-worth")
    assignee = query.get("assignee", "")
    return holes.Wanted(
        view="all" if query.get("view") == "all" else "list",
        q=query.get("q", "").strip().replace("\0", "")[:120],
        gaps=tuple(gap for gap in query.getlist("gap") if gap in BY_KEY),
        tiers=tuple(int(value) for value in query.getlist("tier") if value in ("1", "2", "3")),
        owner=_one(query.get("owner", "")),
        assignee=str(user.pk) if assignee == "me" else _one(assignee),
        sort=sort if sort.removeprefix("-") in holes.SORTS else "-worth",
    )


def _one(text: str) -> str:
    """`none`, or the number of a person."""
    return text if text == "none" or (text.isdecimal() and len(text) < 10) else ""


class _Counted(Paginator[Any]):
    """Pages of rows that are read already: the list reads one page of them."""

    def __init__(self, total: int) -> None:
        super().__init__(range(total), PAGE_SIZE)


@page()
def gap_list(request: HttpRequest) -> HttpResponse:
    """Accounts with holes, the most valuable first."""
    now, user = timezone.now(), reader(request)
    wanted = wanted_from(request.GET, user)
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 8 else 1
    found = holes.page_of(wanted, user=user, now=now, number=number, size=PAGE_SIZE)
    shown = _Counted(found.total).get_page(asked)
    people = User.objects.here()
    context = {
        "now": now,
        "wanted": wanted,
        "page": shown,
        "lines": found.lines,
        "kinds": [
            (gap, found.counts.get(gap.key, 0), gap.key in wanted.gaps)
            for gap in CATALOGUE
            if found.counts.get(gap.key) or gap.key in wanted.gaps
        ],
        "headings": [
            heading(name, title, query=request.GET, sort=wanted.sort, down_first=down)
            for name, title, down in HEADINGS
        ],
        "tiers": TIERS,
        "people": list(people),
        "is_narrowed": bool(wanted.q or wanted.gaps or wanted.tiers or wanted.owner or wanted.assignee),
        "may_edit": user.has_role(*EDITORS),
    }
    return render(request, "accounts/gaps/list.html", context)


@page()
def gap_csv(request: HttpRequest) -> HttpResponseBase:
    """A line a hole: the list as narrowed and sorted, with what each costs and who was asked."""
    user = reader(request)
    wanted = wanted_from(request.GET, user)
    header = ["Account", "Domain", "Tier", "Owner", "Gap", "What it costs", "Asked", "Since", "Value"]
    return csv_answer("gaps", header, _cells(wanted, user))


def _cells(wanted: holes.Wanted, user: User) -> Iterator[list[Any]]:
    for line in holes.in_slices(wanted, user=user, now=timezone.now()):
        account = line.account
        for hole in line.holes:
            if wanted.gaps and hole.gap.key not in wanted.gaps:
                continue
            asked = hole.assignment
            yield [
                account.name, account.domain, account.tier, account.owner.name if account.owner else "",
                hole.gap.title, hole.cost, asked.to.name if asked else "",
                asked.at.isoformat(timespec="seconds") if asked else "", round(line.worth, 2),
            ]  # fmt: skip


@page(*EDITORS)
def enrichment_csv(request: HttpRequest) -> HttpResponseBase:
    """The accounts with holes in the columns of the import of accounts: filled elsewhere, it is imported again."""
    user = reader(request)
    wanted, now = wanted_from(request.GET, user), timezone.now()
    systems = enrichment.systems_of(wanted, user=user, now=now)
    rows = enrichment.rows(wanted, systems, user=user, now=now)
    return csv_answer("accounts-to-enrich", enrichment.header(systems), rows)


@page(*EDITORS)
def people_csv(request: HttpRequest) -> HttpResponseBase:
    """The missing people in the columns of the import of contacts, one line a part that nobody plays."""
    user = reader(request)
    rows = enrichment.people_rows(wanted_from(request.GET, user), user=user, now=timezone.now())
    return csv_answer("people-to-find", enrichment.people_header(), rows)


class AssignForm(forms.Form):
    """Who is asked."""

    to = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Ask", empty_label="Nobody any more"
    )
    gap = forms.ChoiceField(
        required=False, choices=[("", "All their gaps"), *((gap.key, gap.title) for gap in CATALOGUE)],
        label="Which gaps",
    )  # fmt: skip
    note = forms.CharField(max_length=200, required=False, help_text="One line that goes with the notice.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        roles = (Role.REP, Role.MARKETER, Role.REVOPS)
        field.queryset = User.objects.here().filter(role__in=roles)


@page(*EDITORS)
def assign(request: HttpRequest) -> HttpResponseBase:
    """The chosen accounts' gaps to a person; asks first whom, and which."""
    asked = request.POST if request.method == "POST" else request.GET
    user, now = reader(request), timezone.now()
    chosen = _picked(asked, user)
    if not chosen:
        complain(
            request, "Choose some accounts that you may change, then press one of the buttons below the list."
        )
        return redirect("gaps:list")
    if asked.get("do") == "confirm" and request.method == "GET":
        return render(request, "accounts/gaps/confirm.html", {"chosen": chosen})
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        initial={"to": user.pk, "gap": asked.get("gap", "")},
    )
    if form.is_valid():
        said = form.cleaned_data
        try:
            count = services.assign_gaps(
                accounts=[one.pk for one in chosen],
                to=said["to"],
                by=user,
                now=now,
                gaps=[said["gap"]] if said["gap"] else (),
                note=said["note"],
            )
        except AbmopsError as error:
            form.add_error(None, error.message)
        else:
            toast(request, _said(count, said["to"]))
            return redirect("gaps:list")
    context = {"form": form, "chosen": chosen}
    return render(request, "accounts/gaps/assign.html", context, status=422 if form.errors else 200)


def _said(count: int, to: User | None) -> str:
    holes_ = "1 gap" if count == 1 else f"{count} gaps"
    if to is None:
        return f"Nobody is asked for {holes_} any more."
    return f"{to} is asked to fill {holes_}." if count else f"{to} had been asked for all of these already."


@page(*EDITORS)
@require_POST
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Somebody has looked: the firmographics of the chosen accounts are right for another year."""
    user = reader(request)
    picked = [one.pk for one in _picked(request.POST, user)]
    count = services.confirm(accounts=picked, by=user, now=timezone.now())
    toast(request, f"Confirmed for {count} account{'' if count == 1 else 's'}.")
    return redirect(reverse("gaps:list"))


def _picked(asked: QueryDict, user: User) -> list[Account]:
    ids = typed.row_ids(asked.getlist("pick"))[:AT_ONCE]
    return list(Account.objects.editable_by(user).filter(pk__in=ids).order_by("name", "pk"))
