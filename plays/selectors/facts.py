"""What a decision must know of accounts, for a whole batch in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Account
from accounts.selectors.target_list import holds_of
from plays.domain import enrollment as life
from plays.domain import vocabulary as words
from plays.domain.facts import AWARENESS, ENDED, WEEK, AccountFacts
from plays.domain.loops import LINK, Limits
from plays.domain.people import Someone
from plays.selectors import meetings, numbers
from plays.selectors.evidence import heard
from plays.selectors.holds import held
from plays.selectors.house import House, in_force
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


def dossiers(accounts: Iterable[Account], *, now: datetime, house: House | None = None) -> dict[int, Dossier]:
    """The facts of each account, in ten queries however many there are; nine where the caller knows the house."""
    rows = list(accounts)
    if not rows:
        return {}
    written = (house or in_force(now=now)).written
    ids = [account.pk for account in rows]
    since = _marketing_since(ids, now=now)
    made = ledger(ids, now=now)
    qualifying, acted = heard(ids, days=written.policy.qualifying_days, now=now)
    people = _people(ids, made, acted)
    holds = holds_of(ids, now=now, days=written.quarantine_days)
    weekly = _new_per_owner({account.owner_id for account in rows if account.owner_id}, now=now)
    rests = accounts_at_rest(ids)
    met = meetings.ahead(ids, now=now)
    limits = Limits(**getattr(settings, "LOOP_GUARD", {}))
    plays = _plays(ids, limits, now=now)
    found = {}
    for account in rows:
        touched = tuple(sorted(moment for _, moment in made.get(account.pk, ())))
        hold = held(holds.get(account.pk, ()), now=now)
        known = people.get(account.pk, ())
        run = plays.get(account.pk) or _Plays()
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
                started_lately=run.started,
                chain=run.chain,
                limits=limits,
                live=run.live,
                ended=run.ended,
                held_out=run.held,
                released=frozenset(run.loose),
            ),
            people=known,
        )
    return found


def _marketing_since(ids: list[int], *, now: datetime) -> dict[int, datetime]:
    """Per account the first outbound marketing touch of the last 180 days."""
    return dict(_rows(_MARKETING, {"ids": ids, "since": now - AWARENESS, "now": now}))


_MARKETING = """
SELECT account_id, min(occurred_at) FROM accounts_touch
WHERE account_id = ANY(%(ids)s) AND direction = 'outbound' AND side = 'marketing'
    AND occurred_at >= %(since)s AND occurred_at <= %(now)s
GROUP BY account_id
"""


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
    found: dict[int, list[Someone]] = defaultdict(list)
    for account, pk, name, title, role, persona, seniority, influence, silent, no in _rows(
        _PEOPLE, {"ids": ids}
    ):
        found[account].append(
            Someone(
                id=pk,
                name=name,
                title=title,
                role=role,
                persona=persona,
                influence=influence,
                do_not_contact=silent,
                no_channels=frozenset(no),
                touched=tuple(sorted(touched.get(pk, ()))),
                seniority=seniority,
                acted_at=acted.get(account, {}).get(pk),
            )
        )
    return {account: tuple(people) for account, people in found.items()}


_PEOPLE = """
SELECT c.account_id, c.id, c.name, c.title, c.role, c.persona, c.seniority, c.influence, c.do_not_contact,
    ARRAY(SELECT o.channel FROM accounts_contactoptout o WHERE o.contact_id = c.id)
FROM accounts_contact c WHERE c.account_id = ANY(%(ids)s) AND c.erased_at IS NULL ORDER BY c.id
"""


@dataclass(slots=True)
class _Plays:
    """Of an account: the live plays, when each last ended, the holdouts, and those that a person took it out of; how
    many started within the days of the limits, and the longest chain that reaches until now.
    """

    live: dict[str, str] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    held: dict[str, datetime] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)
    started: int = 0
    chain: int = 0


def _plays(ids: list[int], limits: Limits, *, now: datetime) -> dict[int, _Plays]:
    since = now - timedelta(days=limits.days)
    found: dict[int, _Plays] = defaultdict(_Plays)
    dates = {"ids": ids, "ended": min(now - ENDED, since), "since": since, "linked": now - LINK}
    for account, slug, name, state, ended, enrolled, loose, started, chain in _rows(_PLAYS, dates):
        plays = found[account]
        plays.started += started
        plays.chain = max(plays.chain, chain or 0)
        if loose:
            plays.loose.add(slug)
        if state in life.LIVE:
            plays.live[slug] = name
        elif state == life.HOLDOUT:
            plays.held[slug] = enrolled
        elif ended is not None and (slug not in plays.ended or plays.ended[slug] < ended):
            plays.ended[slug] = ended
    return found


_PLAYS = """
SELECT e.account_id, p.slug, p.name, e.state, max(e.finished_at) FILTER (WHERE NOT e.held_out), min(e.enrolled_at),
    bool_or((e.held_out AND e.state = 'cancelled') OR e.overridden @> '["holdout"]'),
    count(*) FILTER (WHERE NOT e.held_out AND e.enrolled_at > %(since)s),
    max(e.depth) FILTER (WHERE NOT e.held_out
        AND (e.finished_at IS NULL OR e.finished_at > %(linked)s OR e.enrolled_at > %(since)s)
        AND EXISTS (SELECT FROM plays_steprun r
            WHERE r.enrollment_id = e.id AND r.state = 'done' AND r.closed_at > %(linked)s))
FROM plays_enrollment e JOIN plays_play p ON p.id = e.play_id
WHERE e.account_id = ANY(%(ids)s) AND (e.finished_at IS NULL OR e.finished_at >= %(ended)s)
GROUP BY e.account_id, p.id, e.state
"""


def _new_per_owner(owners: Collection[int], *, now: datetime) -> dict[int, int]:
    return dict(_rows(_NEW, {"owners": list(owners), "since": now - WEEK})) if owners else {}


_NEW = """
SELECT owner_id, count(*) FROM plays_enrollment
WHERE owner_id = ANY(%(owners)s) AND enrolled_at > %(since)s AND NOT held_out GROUP BY owner_id
"""


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The models' queries took longer to build than to answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
