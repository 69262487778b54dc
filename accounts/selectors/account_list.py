"""The one list of accounts: narrowed, sorted and counted, in a number of queries that rows do not change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Upper

from abmops.lib import columns
from abmops.lib.choices import TIERS, CommitteeRole, Direction, Lifecycle, Phase, Side
from accounts.domain.committee import WANTED_ROLES, missing_roles
from accounts.models import Account, AccountDomain, AccountQuerySet, Contact, Territory, Touch, User

QUIET_AFTER = timedelta(days=30)
NONE = "none"
ROLE_NAMES: Mapping[str, str] = {value: str(label) for value, label in CommitteeRole.choices}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asked for. `chosen` holds facet name -> values; one without values does not narrow."""

    view: str = "list"
    q: str = ""
    sort: str = "name"
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One account with what the list shows of it."""

    account: Account
    last_sales_at: datetime | None
    last_marketing_at: datetime | None
    is_quiet: bool
    missing: tuple[str, ...]
    cells: Mapping[str, columns.Cell]


@dataclass(frozen=True, slots=True)
class View:
    """A ready-made way to look at the list."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a facet and how many accounts of the view have it; None where nobody counted."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetShown:
    """A facet as drawn."""

    name: str
    title: str
    options: tuple[Option, ...]

    @property
    def is_used(self) -> bool:
        """Whether the reader narrows by it."""
        return any(option.is_chosen for option in self.options)


VIEWS = (
    View("list", "Whole list"),
    View("mine", "My accounts"),
    View("gaps", "Tier 1 with gaps"),
    View("quiet", "No sales touch in 30 days"),
    View("all", "All accounts"),
)


def _outbound(side: str) -> Any:
    return Touch.objects.filter(account=OuterRef("pk"), side=side, direction=Direction.OUTBOUND)


def _lacks(role: str) -> Q:
    return ~Q(Exists(Contact.objects.filter(account=OuterRef("pk"), role=role)))


def _any_gap() -> Q:
    gap = Q()
    for role in WANTED_ROLES:
        gap |= _lacks(role)
    return gap


def _conditions(user: User, now: datetime) -> Mapping[str, Q]:
    recently = _outbound(Side.SALES).filter(occurred_at__gte=now - QUIET_AFTER, occurred_at__lt=now)
    return {
        "list": Q(is_target=True),
        "mine": Q(owner=user),
        "gaps": Q(tier=1) & _any_gap(),
        "quiet": Q(is_target=True) & ~Q(Exists(recently)),
        "all": Q(),
    }


def _narrow_tier(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
    tiers = [int(value) for value in values if value in ("1", "2", "3")]
    wanted = Q(tier__in=tiers)
    return accounts.filter(wanted | Q(tier__isnull=True) if NONE in values else wanted)


def _narrow_link(name: str) -> Callable[[AccountQuerySet, Sequence[str]], AccountQuerySet]:
    def narrow(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
        wanted = Q(**{f"{name}__in": [int(value) for value in values if value.isdecimal()]})
        return accounts.filter(wanted | Q(**{f"{name}__isnull": True}) if NONE in values else wanted)

    return narrow


def _narrow_gap(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
    gaps = Q()
    for role in values:
        gaps |= _lacks(role)
    return accounts.filter(gaps)


NARROW: Mapping[str, Callable[[AccountQuerySet, Sequence[str]], AccountQuerySet]] = {
    "tier": _narrow_tier,
    "owner": _narrow_link("owner_id"),
    "territory": _narrow_link("territory_id"),
    "phase": lambda accounts, values: accounts.filter(phase__in=values),
    "lifecycle": lambda accounts, values: accounts.filter(lifecycle__in=values),
    "gap": _narrow_gap,
}

SORTS: Mapping[str, str] = {
    "name": "name",
    "tier": "tier",
    "fit": "fit",
    "phase": "phase",
    "owner": "owner__name",
    "sales": "last_sales_at",
    "marketing": "last_marketing_at",
}


def in_view(view: str, *, user: User, now: datetime) -> AccountQuerySet:
    """The accounts of a ready-made view that the reader may see."""
    return Account.objects.visible_to(user).filter(_conditions(user, now).get(view, Q(is_target=True)))


def matching(wanted: Wanted, *, user: User, now: datetime) -> AccountQuerySet:
    """Every account asked for, sorted, those without the figure last; where figures agree, by name and id."""
    accounts = in_view(wanted.view, user=user, now=now)
    if wanted.q:
        domains = AccountDomain.objects.filter(account=OuterRef("pk"), domain__contains=wanted.q.lower())
        accounts = accounts.filter(Q(name__icontains=wanted.q) | Q(Exists(domains)))
    extra = {facet.name: facet.narrow for facet in columns.facets()}
    for name, values in wanted.chosen.items():
        narrow = NARROW.get(name) or extra.get(name)
        if narrow is not None and values:
            accounts = narrow(accounts, values)
    key = wanted.sort.removeprefix("-")
    path = sort_paths().get(key, "name")
    if path in ("last_sales_at", "last_marketing_at"):
        side = Side.SALES if path == "last_sales_at" else Side.MARKETING
        newest = _outbound(side).order_by("-occurred_at").values("occurred_at")[:1]
        accounts = accounts.annotate(**{path: Subquery(newest)})
    by_name = Upper("name")
    figure = by_name if path == "name" else F(path)
    order = figure.desc(nulls_last=True) if wanted.sort.startswith("-") else figure.asc(nulls_last=True)
    return accounts.order_by(order, by_name, "id")


def sort_paths() -> Mapping[str, str]:
    """What the list can be sorted by, the columns of upper apps included."""
    return dict(SORTS) | {column.name: column.sort for column in columns.registered() if column.sort}


def rows(accounts: Iterable[Account], *, now: datetime) -> list[Row]:
    """The rows of one page: one query for touches, one for roles, one for each column of an upper app."""
    page = list(accounts)
    ids = [account.pk for account in page]
    touched = _last_touches(ids, now)
    roles: dict[int, set[str]] = {}
    for account_id, role in Contact.objects.filter(account__in=ids).values_list("account_id", "role"):
        if account_id is not None:
            roles.setdefault(account_id, set()).add(role)
    cells = {column.name: column.cells(ids, now) for column in columns.registered()}
    return [
        Row(
            account=account,
            last_sales_at=(sales := touched.get((account.pk, Side.SALES.value))),
            last_marketing_at=touched.get((account.pk, Side.MARKETING.value)),
            is_quiet=account.is_target and (sales is None or sales < now - QUIET_AFTER),
            missing=tuple(ROLE_NAMES[role] for role in missing_roles(roles.get(account.pk, set()))),
            cells={name: found[account.pk] for name, found in cells.items() if account.pk in found},
        )
        for account in page
    ]


def _last_touches(ids: Sequence[int], now: datetime) -> Mapping[tuple[int, str], datetime]:
    found = (
        Touch.objects.filter(account__in=ids, direction=Direction.OUTBOUND, occurred_at__lt=now)
        .values("account_id", "side")
        .annotate(newest=Max("occurred_at"))
        .order_by()
    )
    return {(line["account_id"], line["side"]): line["newest"] for line in found}


def view_counts(*, user: User, now: datetime) -> Mapping[str, int]:
    """How many accounts each ready-made view holds, in one query."""
    counts = {
        name: Count("pk", filter=condition) if condition else Count("pk")
        for name, condition in _conditions(user, now).items()
    }
    return Account.objects.visible_to(user).aggregate(**counts)


def facets(wanted: Wanted, *, user: User, now: datetime) -> list[FacetShown]:
    """The filters of a view; the counts are of the whole view, so that other choices stay open."""
    base = in_view(wanted.view, user=user, now=now).order_by()

    def counted(name: str) -> Mapping[Any, int]:
        return {line[name]: line["n"] for line in base.values(name).annotate(n=Count("pk"))}

    def shown(name: str, title: str, choices: Iterable[tuple[str, str, int | None]]) -> FacetShown:
        chosen = set(wanted.chosen.get(name, ()))
        options = tuple(
            Option(value, label, count, value in chosen)
            for value, label, count in choices
            if count is None or count or value in chosen
        )
        return FacetShown(name, title, options)

    tiers, phases, lives = counted("tier"), counted("phase"), counted("lifecycle")
    owners = (
        base.values("owner", "owner__name")
        .annotate(n=Count("pk"))
        .order_by(F("owner__name").asc(nulls_last=True))
    )
    lands = counted("territory")
    gaps = base.aggregate(**{role: Count("pk", filter=_lacks(role)) for role in WANTED_ROLES})
    listed: list[tuple[str, str, int | None]] = [(str(n), label, tiers.get(n, 0)) for n, label in TIERS]
    found = [
        shown("tier", "Tier", [*listed, (NONE, "Not on the list", tiers.get(None, 0))]),
        shown("phase", "Phase", [(p.value, str(p.label), phases.get(p.value, 0)) for p in Phase]),
        shown(
            "owner",
            "Owner",
            [(str(o["owner"] or NONE), o["owner__name"] or "Nobody (pool)", o["n"]) for o in owners],
        ),
        shown(
            "territory",
            "Territory",
            [
                *((str(t.pk), t.name, lands.get(t.pk, 0)) for t in Territory.objects.all()),
                (NONE, "None", lands.get(None, 0)),
            ],
        ),
        shown("lifecycle", "Lifecycle", [(v.value, str(v.label), lives.get(v.value, 0)) for v in Lifecycle]),
        shown("gap", "Gaps", [(role, ROLE_NAMES[role], gaps[role]) for role in WANTED_ROLES]),
    ]
    extra = [
        shown(facet.name, facet.title, [(value, label, None) for value, label in facet.choices])
        for facet in columns.facets()
    ]
    return found + extra
