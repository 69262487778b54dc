"""The rules of the list as they stand, how full it is, and who is held back from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from abmops.lib.choices import Outcome, Role
from accounts.domain.capacity import DEFAULTS, Band, Ceiling, Holding, would_hold
from accounts.domain.quarantine import HeldBy, Hold, longest, sentence
from accounts.models import (
    Account,
    AccountQuerySet,
    ListMembership,
    ListPolicy,
    Nomination,
    Opportunity,
    Quarantine,
    TierPolicy,
    User,
)
from accounts.selectors.list_history import list_as_of


@dataclass(frozen=True, slots=True)
class TierCapacity:
    """A tier against its band."""

    ceiling: Ceiling
    held: int

    @property
    def band(self) -> Band:
        """Under, inside or over."""
        return self.ceiling.band(self.held)

    @property
    def says(self) -> str:
        """What is to be done about it, as a sentence."""
        if self.band is Band.OVER:
            return f"{self.held - self.ceiling.most:,} over its ceiling."
        if self.band is Band.UNDER:
            return f"{self.ceiling.least - self.held:,} short of its band."
        room = self.ceiling.most - self.held
        return f"Room for {room:,} more." if room else "Full."


@dataclass(frozen=True, slots=True)
class OwnerCapacity:
    """An owner's accounts on the list by tier, and the ceilings that they are past."""

    owner_id: int | None
    name: str
    by_tier: tuple[tuple[int, int, bool], ...]  # tier, held, whether that is too many
    warnings: tuple[str, ...]

    @property
    def total(self) -> int:
        """All their accounts on the list."""
        return sum(held for _, held, _ in self.by_tier)


@dataclass(frozen=True, slots=True)
class Capacity:
    """The whole list against its policy."""

    tiers: tuple[TierCapacity, ...]
    owners: tuple[OwnerCapacity, ...]

    @property
    def size(self) -> int:
        """Accounts on the list."""
        return sum(tier.held for tier in self.tiers)


def ceilings() -> tuple[Ceiling, ...]:
    """What each tier should hold; the field's defaults where nothing is written. One query."""
    written = {row.tier: row for row in TierPolicy.objects.all()}
    return tuple(
        Ceiling(row.tier, row.least, row.most, row.most_per_owner)
        if (row := written.get(first.tier))
        else first
        for first in DEFAULTS
    )


def list_policy() -> ListPolicy:
    """The list's other rules; the defaults where nothing is written. One query."""
    return ListPolicy.objects.filter(pk=1).first() or ListPolicy(pk=1)


def holding() -> Holding:
    """How many accounts each tier and each owner hold now. One query."""
    tiers: dict[int, int] = {}
    owners: dict[tuple[int, int], int] = {}
    for tier, owner, held in (
        Account.objects.on_list().values_list("tier", "owner").annotate(held=Count("pk")).order_by()
    ):
        assert tier is not None
        tiers[tier] = tiers.get(tier, 0) + held
        if owner is not None:
            owners[owner, tier] = held
    return Holding(tiers, owners)


def capacity() -> Capacity:
    """The list against its policy, in all and by owner, those with most first. Three queries."""
    rules, held = ceilings(), holding()
    pooled = dict(held.tiers)
    by_owner: dict[int, dict[int, int]] = {}
    for (owner, tier), count in held.owners.items():
        by_owner.setdefault(owner, {})[tier] = count
        pooled[tier] -= count
    names = dict(User.objects.filter(pk__in=by_owner).values_list("pk", "name"))
    rows = [_owner_row(owner, names[owner], counts, rules) for owner, counts in by_owner.items()]
    rows.sort(key=lambda row: (not row.warnings, -row.total, row.name))
    if any(pooled.values()):
        free = tuple(Ceiling(rule.tier, rule.least, rule.most) for rule in rules)
        rows.append(_owner_row(None, "Nobody: the SDR pool", pooled, free))
    return Capacity(tuple(TierCapacity(rule, held.tiers.get(rule.tier, 0)) for rule in rules), tuple(rows))


def _owner_row(
    owner: int | None, name: str, counts: Mapping[int, int], rules: Iterable[Ceiling]
) -> OwnerCapacity:
    by_tier, warnings = [], []
    for rule in rules:
        held = counts.get(rule.tier, 0)
        is_over = rule.most_per_owner is not None and held > rule.most_per_owner
        by_tier.append((rule.tier, held, is_over))
        if is_over and rule.most_per_owner is not None:
            what = f"tier {rule.tier} accounts"
            warnings.append(would_hold(name, held, rule.most_per_owner, what, verb="holds"))
    return OwnerCapacity(owner, name, tuple(by_tier), tuple(warnings))


_HOLDS = """
SELECT account_id, 'open_deal', COALESCE(opened_at, created_at), NULL::timestamptz,
       COALESCE(NULLIF(name, ''), external_id), '', id
FROM accounts_opportunity WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL
    AND (opened_at IS NULL OR opened_at <= %(now)s)
UNION ALL
SELECT account_id, 'lost_deal', closed_at, closed_at + %(days)s * interval '24 hours',
       COALESCE(NULLIF(name, ''), external_id), '', id
FROM accounts_opportunity WHERE account_id = ANY(%(accounts)s) AND outcome = 'lost'
    AND closed_at <= %(now)s AND closed_at > %(now)s - %(days)s * interval '24 hours'
UNION ALL
SELECT q.account_id, 'person', q.starts_at, q.until, q.reason, COALESCE(u.name, ''), q.id
FROM accounts_quarantine q LEFT JOIN accounts_user u ON u.id = q.by_id
WHERE q.account_id = ANY(%(accounts)s) AND q.starts_at <= %(now)s AND (q.until IS NULL OR q.until > %(now)s)
    AND q.lifted_at IS NULL
ORDER BY 1, 3
"""


def holds_of(accounts: Iterable[int], *, now: datetime, days: int | None = None) -> dict[int, list[Hold]]:
    """Everything that holds these accounts back at this moment, oldest first. Two queries, however many accounts; one
    where the `days` of quarantine are known.
    """
    wanted = list(accounts)
    if not wanted:
        return {}
    found: dict[int, list[Hold]] = {}
    with connection.cursor() as cursor:
        days = list_policy().quarantine_days if days is None else days
        cursor.execute(_HOLDS, {"accounts": wanted, "now": now, "days": days})
        for account_id, kind, since, until, what, by, row_id in cursor.fetchall():
            found.setdefault(account_id, []).append(
                Hold(account_id, HeldBy(kind), since, until, what, by, row_id)
            )
    return found


def why_held(accounts: Iterable[int], *, now: datetime) -> dict[int, str]:
    """Of these accounts those that are held back from joining, each with the sentence that says until when and why."""
    holds = holds_of(accounts, now=now)
    if not holds:
        return {}
    zone = timezone.get_current_timezone()
    names = dict(Account.objects.filter(pk__in=holds).values_list("pk", "name"))
    found = {}
    for account_id, of_account in sorted(holds.items()):
        if hold := longest(of_account, now):
            found[account_id] = sentence(names[account_id], hold, zone)
    return found


def held_back(accounts: AccountQuerySet, *, now: datetime, kind: str = "") -> AccountQuerySet:
    """Of these accounts those off the list that something keeps off it; of one kind where it is said."""
    of_account = Opportunity.objects.filter(account=OuterRef("pk"))
    started = Q(opened_at__isnull=True) | Q(opened_at__lte=now)
    since = now - timedelta(days=list_policy().quarantine_days)
    by_kind = {
        HeldBy.OPEN_DEAL: Q(Exists(of_account.filter(started, closed_at__isnull=True))),
        HeldBy.LOST_DEAL: Q(
            Exists(of_account.filter(outcome=Outcome.LOST, closed_at__gt=since, closed_at__lte=now))
        ),
        HeldBy.PERSON: Q(
            Exists(
                Quarantine.objects.filter(
                    Q(until__isnull=True) | Q(until__gt=now),
                    account=OuterRef("pk"),
                    starts_at__lte=now,
                    lifted_at__isnull=True,
                )
            )
        ),
    }
    if kind in by_kind:
        return accounts.filter(by_kind[HeldBy(kind)], is_target=False)
    wanted = Q()
    for one in by_kind.values():
        wanted |= one
    return accounts.filter(wanted, is_target=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The nominations to decide."""

    open: int
    agreed: int


def waiting_nominations() -> Waiting:
    """How many there are, and on how many accounts the sides ask for the same. Two queries."""
    rows = Nomination.objects.filter(state=Nomination.State.OPEN).order_by()
    agreed = rows.values("account", "tier").annotate(n=Count("pk")).filter(n__gt=1).count()
    return Waiting(rows.count(), agreed)


def nominations_to_decide(reader: Any, now: datetime) -> int:
    """The number beside the Target list for those who decide; nothing for the others. One query."""
    if not reader.has_role(Role.REVOPS):
        return 0
    return Nomination.objects.filter(state=Nomination.State.OPEN).count()


def members(at: datetime) -> QuerySet[ListMembership]:
    """The list at a moment with what a page shows of it."""
    return list_as_of(at).select_related("account__owner", "by")


def overrides() -> QuerySet[ListMembership]:
    """Every change that went past a rule, newest first."""
    rows = ListMembership.objects.exclude(passed_over=[])
    return rows.select_related("account", "by").order_by("-valid_from", "-pk")
