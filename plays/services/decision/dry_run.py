"""Before a play goes live: what it would do to today's list, and what it would have done in a window of the past.

Writes nothing. Both ask the same pure decision as the real thing; neither needs a query per account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from abmops.lib.errors import FieldErrors
from accounts.models import Account
from plays.domain import projection
from plays.domain.definition import PlayDefinition
from plays.domain.dry_run import DryRun, Tried, rules_of, weeks_of
from plays.domain.projection import Load, Planned
from plays.domain.rules import Candidate
from plays.models import Play
from plays.selectors import facts as facts_of
from plays.selectors.staff import staff
from plays.services.decision.dry_run_past import try_past
from plays.services.decision.dry_run_today import try_today

LONGEST = timedelta(days=400)


def dry_run(
    *,
    definition: PlayDefinition,
    play: Play | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> DryRun:
    """What this definition would do on today's list, or would have done in `[since, until)`.

    The definition takes the place of what `play` says; without a play it is a new one. A fixed number of queries.
    """
    candidate = _candidate(definition, play, now=now)
    if since is None:
        return _told(definition, *try_today(candidate, play, now=now), since=None, until=None, now=now)
    until = min(until or now, now)
    if not since < until:
        raise FieldErrors.one("/until", "The end of the window is after its beginning.")
    if until - since > LONGEST:
        raise FieldErrors.one("/since", "Choose a window of at most 400 days.")
    tried, accounts = try_past(candidate, play, since=since, until=until)
    return _told(definition, tried, accounts, since=since, until=until, now=now)


def _candidate(definition: PlayDefinition, play: Play | None, *, now: datetime) -> Candidate:
    """The play as if it were active."""
    return Candidate(
        slug=play.slug if play is not None else "this-draft",
        name=play.name if play is not None else "This play",
        version=play.current.number if play is not None and play.current is not None else 1,
        definition=definition,
        created_at=play.created_at if play is not None else now,
    )


def _told(
    definition: PlayDefinition,
    tried: Tried,
    accounts: Mapping[int, Account],
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> DryRun:
    cap = facts_of.policy().touches_per_week
    steps = projection.planned(tried.starts, definition, until=until)
    pressure = projection.pressure(steps, tried.others)
    load, people = _load(steps, accounts, now=now)
    order = {"chosen": 0, "holdout": 1, "held": 2, "refused": 3}
    return DryRun(
        since=since,
        until=until,
        now=now,
        rows=tuple(sorted(tried.rows, key=lambda row: (order[row.verdict], row.at, row.account_id))),
        rules=rules_of(tried.rows),
        weeks=weeks_of(tried.rows) if since is not None else (),
        pressure=tuple(pressure),
        over_cap=len({one.account_id for one in pressure if one.together > cap}),
        cap=cap,
        load=tuple(load),
        people=people,
        clashes=tuple(projection.clashes(tried.starts, steps, tried.others)),
        names={pk: account.name for pk, account in accounts.items()},
        notes=tried.notes,
    )


def _load(
    steps: Sequence[Planned], accounts: Mapping[int, Account], *, now: datetime
) -> tuple[list[Load], dict[int, str]]:
    """Tasks per person and week: for the owner and tier of then, by today's routing."""
    if not steps:
        return [], {}
    people = staff(now=now)
    people.learn({step.account_id for step in steps})

    def routed(planned: Planned) -> int:
        start, step = planned.start, planned.step
        case = people.case(accounts[start.account_id], side=step.side, role=step.role)
        return people.route(replace(case, owner_id=start.owner_id, tier=start.tier)).person_id

    return projection.load(steps, routed), {pk: person.name for pk, person in people.people.items()}
