"""What accounts were at any moment of a window, apart from what was done there: as the program knew it then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.domain.course import Course, begun, drawn
from accounts.models import Account, AccountEvent, Territory
from accounts.selectors.past import AccountPast, RowPast, names_of, pasts_of, quarantine_days
from plays.domain import vocabulary as words
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import Policy
from plays.domain.loops import Limits
from plays.domain.people import Someone
from plays.domain.resting import Rest
from plays.models import GuardrailNumbers, Pause
from plays.selectors.holds import held
from plays.selectors.numbers import policy_of_settings
from plays.selectors.pauses import rest_of
from signals.models import FitChange

_AFTER = timedelta(microseconds=1)
"""A decision that moves an account up a phase was made in the phase before."""

Rests = tuple[tuple[datetime, datetime | None, Rest], ...]


@dataclass(frozen=True, slots=True)
class _Sources:
    """What was read of all accounts asked for, at once, to say what each was at any moment."""

    pasts: Mapping[int, AccountPast]
    fits: Mapping[int, Course[float]]
    phases: Mapping[int, Course[str]]
    rests: Mapping[int, Rests]
    names: Mapping[int, str]
    territories: Mapping[int, str]
    days: Course[int]
    limits: Limits


def standing(
    accounts: Collection[Account], *, since: datetime, until: datetime
) -> dict[int, Course[AccountFacts]]:
    """The facts of each account from one change to the next. Thirteen queries, however many there are."""
    ids = [account.pk for account in accounts]
    pasts = pasts_of(ids, since=since)
    sources = _Sources(
        pasts=pasts,
        fits=_fits(accounts, since=since),
        phases=_phases(accounts, since=since),
        rests=_rests(ids, since=since, until=until),
        names=names_of(_people_named(pasts.values())),
        territories=dict(Territory.objects.values_list("pk", "slug")),
        days=quarantine_days(since=since),
        limits=Limits(**getattr(settings, "LOOP_GUARD", {})),
    )
    return {
        pk: drawn(
            _changes(pk, sources), lambda at, pk=pk: _facts(pk, at, sources), since=since, until=until  # type: ignore[misc]
        )
        for pk in ids
    }  # fmt: skip


def policies() -> Course[Policy]:
    """The guardrails' numbers at any moment: what RevOps had written last, else the installation's. One query."""
    named = tuple(field.name for field in fields(Policy))
    rows = GuardrailNumbers.objects.order_by("at", "pk").values("at", *named)
    return begun(
        policy_of_settings(), [(row["at"], Policy(**{name: row[name] for name in named})) for row in rows]
    )


def rests_of_play(play_id: int, *, since: datetime, until: datetime) -> Course[Rest | None]:
    """When a play was paused, and why. One query."""
    rests = _by_subject(Q(play=play_id), since=since, until=until)[play_id]
    return drawn(_bounds(rests), lambda at: _rest(rests, at), since=since, until=until)


def _fits(accounts: Collection[Account], *, since: datetime) -> dict[int, Course[float]]:
    before: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    rows = FitChange.objects.filter(account__in=[one.pk for one in accounts], at__gt=since)
    for account, at, fit in rows.order_by("at", "pk").values_list("account", "at", "before"):
        before[account].append((at, fit))
    return {one.pk: Course(one.fit, tuple(before.get(one.pk, ()))) for one in accounts}


def _phases(accounts: Collection[Account], *, since: datetime) -> dict[int, Course[str]]:
    before: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    rows = AccountEvent.objects.filter(
        account__in=[one.pk for one in accounts], kind=AccountEvent.Kind.CHANGED_PHASE, at__gt=since
    )
    for account, at, payload in rows.order_by("at", "pk").values_list("account", "at", "payload"):
        by_signals = payload.get("to") == "engagement" and not {"by", "rule"} & payload.keys()
        before[account].append((at + _AFTER if by_signals else at, str(payload.get("from", ""))))
    return {one.pk: Course(str(one.phase), tuple(before.get(one.pk, ()))) for one in accounts}


def _rests(ids: Collection[int], *, since: datetime, until: datetime) -> dict[int, Rests]:
    return _by_subject(Q(account__in=ids), since=since, until=until)


def _by_subject(which: Q, *, since: datetime, until: datetime) -> dict[int, Rests]:
    rows = Pause.objects.filter(which, Q(ended_at__isnull=True) | Q(ended_at__gt=since), started_at__lt=until)
    found: dict[int, Rests] = defaultdict(tuple)
    for pause in rows.select_related("by").order_by("started_at", "pk"):
        found[pause.subject_id] += ((pause.started_at, pause.ended_at, rest_of(pause)),)
    return found


def _bounds(rests: Rests) -> set[datetime]:
    return {moment for begins, ends, _ in rests for moment in (begins, ends) if moment is not None}


def _rest(rests: Rests, at: datetime) -> Rest | None:
    return next((rest for begins, ends, rest in rests if begins <= at and (ends is None or at < ends)), None)


def _people_named(pasts: Collection[AccountPast]) -> set[int | None]:
    named = {pk for past in pasts for pk in past.row.columns["owner_id"].values}
    return named | {pk for past in pasts for one in past.holds for pk in one.columns["by_id"].values}


def _changes(pk: int, sources: _Sources) -> set[datetime]:
    found = sources.pasts[pk].changes(days=sources.days) | _bounds(sources.rests.get(pk, ()))
    return found.union(sources.fits[pk].changes, sources.phases[pk].changes)


def _facts(pk: int, at: datetime, sources: _Sources) -> AccountFacts:
    """The account as it stood; without what was done there, which moves from moment to moment."""
    past = sources.pasts[pk]
    said: dict[str, Any] = {column: course.at(at) for column, course in past.row.columns.items()}
    phase = sources.phases[pk].at(at)
    hold = held(past.held_back(at, days=sources.days.at(at), names=sources.names), now=at)
    people = tuple(_someone(one, noes, at) for one, noes in past.people(at))
    rest = _rest(sources.rests.get(pk, ()), at)
    return AccountFacts(
        id=pk,
        name=said["name"],
        fit=sources.fits[pk].at(at),
        phase=phase,
        lifecycle=said["lifecycle"],
        industry=said["industry"],
        territory=sources.territories.get(said["territory_id"], ""),
        owner_id=said["owner_id"],
        owner_name=sources.names.get(said["owner_id"], ""),
        country=said["country"],
        familiar=said["lifecycle"] in words.FAMILIAR_LIFECYCLES
        or phase in ("active", "expand")
        or hold.has_open_deal,
        people=people,
        contacts_known=len(people),
        contacts_reachable=sum(not one.do_not_contact for one in people),
        has_open_deal=hold.has_open_deal,
        quarantined=hold.sentence,
        quarantined_until=hold.until,
        lost_until=hold.lost_until,
        paused=rest.sentence if rest else "",
        paused_until=rest.until if rest else None,
        limits=sources.limits,
    )


def _someone(row: RowPast, noes: frozenset[str], at: datetime) -> Someone:
    plain = ("name", "title", "role", "persona", "seniority", "influence", "do_not_contact")
    return Someone(id=row.id, no_channels=noes, **{name: row.said(name, at) for name in plain})
