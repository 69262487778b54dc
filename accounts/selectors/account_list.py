"""The one list of accounts: narrowed and sorted, in a number of queries that rows do not change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.expressions import OrderBy
from django.db.models.functions import Upper

from abmops.lib import columns
from abmops.lib.choices import CommitteeRole
from accounts.models import Account, AccountDomain, AccountExternalId, AccountQuerySet, User
from accounts.models.figures import lacking

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

    @property
    def narrows(self) -> bool:
        """Whether it asks for less than its ready-made view."""
        return bool(self.q) or any(self.chosen.values())


@dataclass(frozen=True, slots=True)
class Row:
    """One account with what the list shows of it."""

    account: Account
    last_sales_at: datetime | None
    last_marketing_at: datetime | None
    is_quiet: bool
    missing: tuple[str, ...]
    people: int
    cells: Mapping[str, columns.Cell]


@dataclass(frozen=True, slots=True)
class View:
    """A ready-made way to look at the list."""

    name: str
    label: str


VIEWS = (
    View("list", "Whole list"),
    View("mine", "My accounts"),
    View("gaps", "Tier 1 with gaps"),
    View("quiet", "No sales touch in 30 days"),
    View("all", "All accounts"),
)


def _quiet(now: datetime) -> Q:
    return Q(figures__last_sales_at__isnull=True) | Q(figures__last_sales_at__lt=now - QUIET_AFTER)


def _condition(view: str, user: User, now: datetime) -> Q:
    match view:
        case "all":
            return Q()
        case "mine":
            return Q(owner=user)
        case "gaps":
            return Q(tier=1, figures__gaps__gt=0)
        case "quiet":
            return Q(is_target=True) & _quiet(now)
    return Q(is_target=True)


def _narrow_tier(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
    tiers = [int(value) for value in values if value in ("1", "2", "3")]
    wanted = Q(tier__in=tiers)
    return accounts.filter(wanted | Q(tier__isnull=True) if NONE in values else wanted)


def _narrow_link(name: str) -> Callable[[AccountQuerySet, Sequence[str]], AccountQuerySet]:
    def narrow(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
        ids = [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]
        wanted = Q(**{f"{name}__in": ids})
        return accounts.filter(wanted | Q(**{f"{name}__isnull": True}) if NONE in values else wanted)

    return narrow


def _narrow_word(name: str) -> Callable[[AccountQuerySet, Sequence[str]], AccountQuerySet]:
    def narrow(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
        return accounts.filter(**{f"{name}__in": ["" if value == NONE else value for value in values]})

    return narrow


def _narrow_gap(accounts: AccountQuerySet, values: Sequence[str]) -> AccountQuerySet:
    return accounts.filter(figures__roles__in={roles for role in values for roles in lacking(role)})


NARROW: Mapping[str, Callable[[AccountQuerySet, Sequence[str]], AccountQuerySet]] = {
    "tier": _narrow_tier,
    "phase": _narrow_word("phase"),
    "owner": _narrow_link("owner_id"),
    "territory": _narrow_link("territory_id"),
    "lifecycle": _narrow_word("lifecycle"),
    "industry": _narrow_word("industry"),
    "country": _narrow_word("country"),
    "gap": _narrow_gap,
}

SORTS: Mapping[str, str] = {
    "name": "name",
    "tier": "tier",
    "fit": "fit",
    "phase": "phase",
    "owner": "owner__name",
    "sales": "figures__last_sales_at",
    "marketing": "figures__last_marketing_at",
    "missing": "figures__gaps",
    "people": "figures__people",
    "domain": "domain",
    "territory": "territory__name",
    "lifecycle": "lifecycle",
    "industry": "industry",
    "country": "country",
    "employees": "employees",
    "created": "created_at",
}
# Never empty: the order needs no rule for it, and an index can give it in both directions.
ALWAYS_THERE = frozenset({"name", "fit", "phase", "lifecycle", "industry", "country", "created_at"})


def in_view(view: str, *, user: User, now: datetime) -> AccountQuerySet:
    """The accounts of a ready-made view that the reader may see."""
    return Account.objects.visible_to(user).filter(_condition(view, user, now))


def narrowed(wanted: Wanted, *, user: User, now: datetime) -> AccountQuerySet:
    """Every account asked for, in no order. The search finds names, domains and other systems' ids."""
    accounts = in_view(wanted.view, user=user, now=now)
    if wanted.q:
        domains = AccountDomain.objects.filter(account=OuterRef("pk"), domain__contains=wanted.q.lower())
        ids = AccountExternalId.objects.filter(account=OuterRef("pk"), value__startswith=wanted.q)
        accounts = accounts.filter(Q(name__icontains=wanted.q) | Q(Exists(domains)) | Q(Exists(ids)))
    extra = {facet.name: facet.narrow for facet in columns.facets()}
    for name, values in wanted.chosen.items():
        narrow = NARROW.get(name) or extra.get(name)
        if narrow is not None and values:
            accounts = narrow(accounts, values)
    return accounts.order_by()


def matching(wanted: Wanted, *, user: User, now: datetime) -> AccountQuerySet:
    """Every account asked for, sorted, those without the figure last; where figures agree, by name and id."""
    path, is_down = order_of(wanted)
    return narrowed(wanted, user=user, now=now).order_by(*ordering(path, is_down=is_down))


def in_order(ids: Sequence[int]) -> list[Account]:
    """These accounts as given, with all that a row shows of them: one query."""
    found = Account.objects.select_related("owner", "territory", "figures").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def sort_paths() -> Mapping[str, str]:
    """What the list can be sorted by, the columns of upper apps included."""
    return dict(SORTS) | {column.name: column.sort for column in columns.registered() if column.sort}


def rows(accounts: Iterable[Account], *, now: datetime, shown: Iterable[str] | None = None) -> list[Row]:
    """The rows of one page: one query for each column of an upper app that is shown (all, if not said)."""
    page = list(accounts)
    ids = [account.pk for account in page]
    asked = None if shown is None else set(shown)
    cells = {
        column.name: column.cells(ids, now)
        for column in columns.registered()
        if asked is None or column.name in asked
    }
    return [_row(account, cells, now) for account in page]


def _row(account: Account, cells: Mapping[str, Mapping[int, columns.Cell]], now: datetime) -> Row:
    figures = account.figures
    sales = figures.last_sales_at
    return Row(
        account=account,
        last_sales_at=sales,
        last_marketing_at=figures.last_marketing_at,
        is_quiet=account.is_target and (sales is None or sales < now - QUIET_AFTER),
        missing=tuple(ROLE_NAMES[role] for role in figures.missing),
        people=figures.people,
        cells={name: found[account.pk] for name, found in cells.items() if account.pk in found},
    )


def view_counts(*, user: User, now: datetime) -> Mapping[str, int]:
    """How many accounts each ready-made view holds. Two queries: only the list's own need the figures."""
    accounts = Account.objects.visible_to(user)
    counts: dict[str, int] = accounts.aggregate(
        list=Count("pk", filter=Q(is_target=True)), mine=Count("pk", filter=Q(owner=user)), all=Count("pk")
    )
    listed: dict[str, int] = accounts.on_list().aggregate(
        gaps=Count("pk", filter=_condition("gaps", user, now)), quiet=Count("pk", filter=_quiet(now))
    )
    return counts | listed


def order_of(wanted: Wanted) -> tuple[str, bool]:
    """The path that is sorted by, and whether from the top down."""
    path = sort_paths().get(wanted.sort.removeprefix("-"), "name")
    return path, wanted.sort.startswith("-")


def ordering(path: str, *, is_down: bool, is_known: bool = False) -> list[OrderBy]:
    """The figure, then the name, then the id. Empty figures come last; where there are none an index needs no rule."""
    by_name = Upper("name")
    if path == "name":
        return [by_name.desc(), F("id").desc()] if is_down else [by_name.asc(), F("id").asc()]
    last = None if is_known or path in ALWAYS_THERE else True
    figure = F(path).desc(nulls_last=last) if is_down else F(path).asc(nulls_last=last)
    return [figure, by_name.asc(), F("id").asc()]
