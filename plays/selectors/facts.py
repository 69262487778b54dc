"""What a decision must know of accounts, for a whole batch in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.db.models.functions import Coalesce

from abmops.lib.choices import Direction, Side
from accounts.models import Account, Contact, Touch
from accounts.selectors.target_list import holds_of
from plays.domain import enrollment as life
from plays.domain import vocabulary as words
from plays.domain.facts import AWARENESS, ENDED, WEEK, AccountFacts
from plays.domain.guardrails import Policy
from plays.domain.loops import LINK, Limits
from plays.domain.people import Someone
from plays.models import Enrollment, StepRun
from plays.selectors import meetings, numbers
from plays.selectors.evidence import heard
from plays.selectors.holds import held
from plays.selectors.pauses import accounts_at_rest
from plays.selectors.pressure import ledger

policy = numbers.policy
policy_of_settings = numbers.policy_of_settings


@dataclass(frozen=True, slots=True)
class Dossier:
    """The facts of one account, and the people to choose from."""

    facts: AccountFacts
    people: tuple[Someone, ...]


def lock_accounts(ids: Collection[int]) -> dict[int, Account]:
    """The accounts, locked in id order until the transaction ends: whoever changes an account's plays comes
    here first.
    """
    rows = Account.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    return {account.pk: account for account in rows.select_related("territory", "owner")}


def dossiers(
    accounts: Iterable[Account], *, now: datetime, policy: Policy | None = None
) -> dict[int, Dossier]:
    """The facts of each account, in twelve queries however many there are; eleven where the policy is given."""
    rows = list(accounts)
    ids = [account.pk for account in rows]
    since = _marketing_since(ids, now=now)
    made = ledger(ids, now=now)
    qualifying, acted = heard(ids, days=(policy or numbers.policy()).qualifying_days, now=now)
    people = _people(ids, made, acted)
    holds = holds_of(ids, now=now)
    enrollments = _enrollments(ids, now=now)
    weekly = _new_per_owner({account.owner_id for account in rows if account.owner_id}, now=now)
    rests = accounts_at_rest(ids)
    met = meetings.ahead(ids, now=now)
    limits = Limits(**getattr(settings, "LOOP_GUARD", {}))
    loops = _loops(ids, limits, now=now)
    found = {}
    for account in rows:
        touched = tuple(sorted(moment for _, moment in made.get(account.pk, ())))
        hold = held(holds.get(account.pk, ()), now=now)
        known = people.get(account.pk, ())
        live, ended, held_out, loose = enrollments.get(account.pk, ({}, {}, {}, set()))
        found[account.pk] = Dossier(
            facts=AccountFacts(
                id=account.pk,
                name=account.name,
                tier=account.tier,
                fit=account.fit,
                phase=account.phase,
                lifecycle=account.lifecycle,
                industry=account.industry,
                territory=account.territory.slug if account.territory else "",
                owner_id=account.owner_id,
                owner_name=str(account.owner) if account.owner else "",
                familiar=account.lifecycle in words.FAMILIAR_LIFECYCLES
                or account.phase in ("active", "expand")
                or hold.has_open_deal,
                awareness_since=since.get(account.pk),
                qualifying_signals=len(qualifying.get(account.pk, ())),
                qualifying_at=qualifying.get(account.pk, ()),
                engaged_contacts=len(acted.get(account.pk, ())),
                touches_this_week=len(touched),
                touch_times=touched,
                country=account.country,
                people=known,
                has_open_deal=hold.has_open_deal,
                quarantined=hold.sentence,
                quarantined_until=hold.until,
                lost_until=hold.lost_until,
                contacts_known=len(known),
                contacts_reachable=sum(not one.do_not_contact for one in known),
                owner_new_this_week=weekly.get(account.owner_id or 0, 0),
                paused=rests[account.pk].sentence if account.pk in rests else "",
                paused_until=rests[account.pk].until if account.pk in rests else None,
                meeting_until=met[account.pk].over_at if account.pk in met else None,
                started_lately=loops.get(account.pk, (0, 0))[0],
                chain=loops.get(account.pk, (0, 0))[1],
                limits=limits,
                live=live,
                ended=ended,
                held_out=held_out,
                released=frozenset(loose),
            ),
            people=known,
        )
    return found


def _marketing_since(ids: list[int], *, now: datetime) -> dict[int, datetime]:
    """Per account the first outbound marketing touch of the last 180 days."""
    rows = (
        Touch.objects.filter(
            account__in=ids,
            direction=Direction.OUTBOUND,
            side=Side.MARKETING,
            occurred_at__gte=now - AWARENESS,
            occurred_at__lte=now,
        )
        .values_list("account")
        .annotate(first=Min("occurred_at"))
        .order_by()
    )
    return dict(rows)


def _people(
    ids: list[int],
    made: Mapping[int, Iterable[tuple[int | None, datetime]]],
    acted: Mapping[int, Mapping[int, datetime]],
) -> dict[int, tuple[Someone, ...]]:
    touched: dict[int, list[datetime]] = defaultdict(list)
    for entries in made.values():
        for contact, moment in entries:
            if contact is not None:
                touched[contact].append(moment)
    rows = (
        Contact.objects.known()
        .filter(account__in=ids)
        .annotate(no=ArrayAgg("opt_outs__channel", filter=Q(opt_outs__isnull=False), default=None))
        .values_list(
            "account", "id", "name", "title", "role", "persona", "seniority", "influence", "do_not_contact", "no"
        )
        .order_by("id")
    )  # fmt: skip
    found: dict[int, list[Someone]] = defaultdict(list)
    for account, pk, name, title, role, persona, seniority, influence, silent, no in rows:
        found[account].append(
            Someone(
                id=pk,
                name=name,
                title=title,
                role=role,
                persona=persona,
                influence=influence,
                do_not_contact=silent,
                no_channels=frozenset(no or ()),
                touched=tuple(sorted(touched.get(pk, ()))),
                seniority=seniority,
                acted_at=acted.get(account, {}).get(pk),
            )
        )
    return {account: tuple(people) for account, people in found.items()}


_Plays = tuple[dict[str, str], dict[str, datetime], dict[str, datetime], set[str]]


def _enrollments(ids: list[int], *, now: datetime) -> dict[int, _Plays]:
    """Per account: the live plays, when each last ended, the holdouts, and those that a person took it out of."""
    rows = (
        Enrollment.objects.filter(account__in=ids)
        .filter(Q(finished_at__isnull=True) | Q(finished_at__gte=now - ENDED))
        .values("account", "play__slug", "play__name", "state")
        .annotate(
            ended=Max("finished_at", filter=Q(held_out=False)),
            since=Min("enrolled_at"),
            loose=Count(
                "pk", filter=Q(held_out=True, state="cancelled") | Q(overridden__contains=["holdout"])
            ),
        )
        .order_by()
    )
    found: dict[int, _Plays] = defaultdict(lambda: ({}, {}, {}, set()))
    for row in rows:
        live, ended, held, loose = found[row["account"]]
        slug = row["play__slug"]
        if row["loose"]:
            loose.add(slug)
        if row["state"] in life.LIVE:
            live[slug] = row["play__name"]
        elif row["state"] == life.HOLDOUT:
            held[slug] = row["since"]
        elif row["ended"] is not None and (slug not in ended or ended[slug] < row["ended"]):
            ended[slug] = row["ended"]
    return found


def _loops(ids: list[int], limits: Limits, *, now: datetime) -> dict[int, tuple[int, int]]:
    """Per account: plays that started within the days of the limits, and the longest chain that reaches until now."""
    done = StepRun.objects.filter(enrollment=OuterRef("pk"), state="done", closed_at__gt=now - LINK)
    since = now - timedelta(days=limits.days)
    rows = (
        Enrollment.objects.filter(account__in=ids, held_out=False)
        .filter(Q(enrolled_at__gt=since) | Q(finished_at__isnull=True) | Q(finished_at__gt=now - LINK))
        .values("account")
        .annotate(
            started=Count("pk", filter=Q(enrolled_at__gt=since)),
            chain=Coalesce(Max("depth", filter=Exists(done)), 0),
        )
        .order_by()
    )
    return {row["account"]: (row["started"], row["chain"]) for row in rows}


def _new_per_owner(owners: Collection[int], *, now: datetime) -> dict[int, int]:
    rows = (
        Enrollment.objects.filter(owner__in=owners, enrolled_at__gt=now - WEEK, held_out=False)
        .values("owner")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return {row["owner"]: row["n"] for row in rows}
