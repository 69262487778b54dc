"""The audit of the list against reality: an overview that prints, the accounts behind each finding, a CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone

from abmops.lib.choices import TIERS
from abmops.ui import figures
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from accounts.models import Account, User
from accounts.selectors.list_audit import Audit, Finding, Kind, audit_list
from accounts.views.people import reader
from accounts.views.target_list.tabs import tab_answer

PAGE_SIZE = 50
SORTS = {"name": "Account", "tier": "Tier", "since": "On the list since", "deals": "Deals", "value": "Value"}


@dataclass(frozen=True, slots=True)
class Words:
    """What a kind of finding is called, what it means, and what to do about it."""

    title: str
    means: str
    cure: str
    has_money: bool = True
    to_tier: int | None = None


WORDS: dict[Kind, Words] = {
    Kind.SILENT: Words(
        "On the list, nothing in a year",
        "No touch, no signal and no opportunity in 365 days, although on the list all that time.",
        "Take them off, or give somebody the task to begin.",
        has_money=False,
    ),
    Kind.CLOSED: Words(
        "Closed, and still on the list",
        "Disqualified, not ready or churned: marketing spends nothing on them, and they take a place.",
        "Take them off the list.",
        has_money=False,
    ),
    Kind.PIPELINE_OFF: Words(
        "Open pipeline off the list",
        "Opportunities are open at accounts that are not on the list now.",
        "Nominate them, or write down why they stay off.",
    ),
    Kind.WINS_OFF: Words(
        "Won last year, off the list",
        "Deals were won in the last 365 days at accounts that are not on the list now.",
        "Nominate them for expansion.",
    ),
    Kind.TIER_LOW: Words(
        "Tier 1 worth less than tier 3",
        "Open and won value of the last year below the median of the tier 3 accounts that have any.",
        "Move them down, or say in their history why they stay.",
        to_tier=2,
    ),
    Kind.TIER_HIGH: Words(
        "Tier 3 worth more than tier 1",
        "Open and won value of the last year above the median of the tier 1 accounts that have any.",
        "Move them up.",
        to_tier=2,
    ),
}


@page()
def audit(request: HttpRequest) -> HttpResponse:
    """What the list says against what happened, as of now."""
    now = timezone.now()
    found = audit_list(now=now)
    context = {
        "audit": found,
        "blocks": [(kind, words, *_figures(found, kind)) for kind, words in WORDS.items()],
        "nothing": not any(found.findings.values()),
        "median_1": figures.money(found.median_1, settings.BASE_CURRENCY),
        "median_3": figures.money(found.median_3, settings.BASE_CURRENCY),
    }
    return tab_answer(request, "audit", "accounts/audit/overview.html", context, now=now)


def _figures(found: Audit, kind: Kind) -> tuple[int, str]:
    value = found.value_of(kind)
    return len(found.findings[kind]), figures.money_short(value, settings.BASE_CURRENCY) if value else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """How the accounts of a finding are narrowed and sorted."""

    q: str
    tier: str
    mine: bool
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """What is not known is left out."""
        tier, sort = query.get("tier", ""), query.get("sort", "-value")
        return cls(
            query.get("q", "").strip()[:120],
            tier if tier in {"1", "2", "3"} else "",
            "mine" in query,
            sort if sort.removeprefix("-") in SORTS else "-value",
        )


@page()
def finding(request: HttpRequest, kind: str) -> HttpResponse:
    """The accounts of one kind of finding, with what can be done about them."""
    now = timezone.now()
    which = _kind(kind)
    asked = Asked.of(request.GET)
    findings = {one.account_id: one for one in audit_list(now=now).findings[which]}
    ids = _sorted(_narrowed(findings, asked, reader(request)), findings, asked.sort)
    shown = Paginator(ids, PAGE_SIZE).get_page(request.GET.get("page"))
    accounts = Account.objects.select_related("owner").in_bulk(list(shown.object_list))
    context = {
        "kind": which,
        "words": WORDS[which],
        "asked": asked,
        "count": len(findings),
        "page": shown,
        "rows": [(accounts[pk], findings[pk], _money(findings[pk])) for pk in shown.object_list],
        "tiers": TIERS,
        "sorts": {
            name: heading(
                name, label, query=request.GET, sort=asked.sort, down_first=name in {"deals", "value"}
            )
            for name, label in SORTS.items()
        },
        "is_off": which in {Kind.PIPELINE_OFF, Kind.WINS_OFF},
        "others": [(other, words.title) for other, words in WORDS.items()],
    }
    return tab_answer(request, "audit", "accounts/audit/finding.html", context, now=now)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise Http404(f"The audit looks for nothing called {text}.") from None


def _narrowed(findings: dict[int, Finding], asked: Asked, user: User) -> QuerySet[Account]:
    found = Account.objects.visible_to(user).filter(pk__in=findings)
    if asked.q:
        found = found.filter(Q(name__icontains=asked.q) | Q(domain__icontains=asked.q))
    if asked.tier:
        found = found.on_tier(int(asked.tier))
    return found.filter(owner=user) if asked.mine else found


def _sorted(found: QuerySet[Account], findings: dict[int, Finding], sort: str) -> list[int]:
    """Their ids in order; what has no figure comes last in both directions."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    by_name = list(found.order_by("name", "pk").values_list("pk", flat=True))
    if key == "name":
        return by_name[::-1] if down else by_name
    figure = {pk: getattr(findings[pk], key) for pk in by_name}
    known = [pk for pk in by_name if figure[pk] is not None]
    return sorted(known, key=figure.__getitem__, reverse=down) + [pk for pk in by_name if figure[pk] is None]


def _money(one: Finding) -> str:
    return "" if one.value is None else figures.money(one.value, settings.BASE_CURRENCY)


@page()
def audit_csv(request: HttpRequest) -> HttpResponseBase:
    """All findings, or those of `?kind=`, a line each: the record of this audit."""
    now = timezone.now()
    kinds = [_kind(request.GET["kind"])] if request.GET.get("kind") else list(WORDS)
    found = audit_list(now=now)
    asked, user = Asked.of(request.GET), reader(request)

    def lines() -> Iterator[list[Any]]:
        for kind in kinds:
            findings = {one.account_id: one for one in found.findings[kind]}
            rows = _narrowed(findings, asked, user).select_related("owner").order_by("name", "pk")
            for account in rows:
                yield _line(account, findings[account.pk])

    header = [
        "finding", "account", "domain", "tier", "owner", "lifecycle", "on_the_list_since", "deals",
        f"value_{settings.BASE_CURRENCY.lower()}",
    ]  # fmt: skip
    name = kinds[0].value if len(kinds) == 1 else "findings"
    return csv_answer(f"list-audit-{name}-{now:%Y-%m-%d}", header, lines())


def _line(account: Account, one: Finding) -> list[Any]:
    owner = account.owner.email if account.owner else ""
    since = one.since.isoformat(timespec="seconds") if one.since else ""
    value = "" if one.value is None else one.value.quantize(Decimal("0.01"))
    place = [account.name, account.domain, one.tier, owner, account.lifecycle]
    return [WORDS[one.kind].title, *place, since, one.deals, value]
