"""What was known of an account at any past moment: what it was, what was done there, what it did, which plays ran."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.domain.course import Course
from plays.domain import exits
from plays.domain.definition import PlayDefinition
from plays.domain.facts import AWARENESS, ENDED, ENGAGED, WEEK, AccountFacts, independent
from plays.domain.loops import LINK
from plays.domain.people import Someone

Cause = tuple[str, int]
"""What something was begun by: ("crossing" or "event", its id)."""


def is_before(begun: datetime, by: Cause | None, at: datetime, asked: Cause) -> bool:
    """Whether what was begun by one occasion was there when another was asked about.

    What is decided in one batch has one moment; within it occasions are asked in their order.
    """
    return begun < at or (begun == at and by is not None and by < asked)


@dataclass(frozen=True, slots=True)
class Run:
    """An enrollment: its span and what began it. `done`: when its steps were; `depth`: its place in a chain."""

    slug: str
    name: str
    begins: datetime
    ends: datetime | None
    held_out: bool = False
    owner_id: int | None = None
    priority: int = 50
    cause: Cause | None = None
    depth: int = 1
    done: tuple[datetime, ...] = ()

    def is_live(self, at: datetime) -> bool:
        """Whether it ran at that moment."""
        return not self.held_out and self.stands(at)

    def stands(self, at: datetime) -> bool:
        """Whether it had begun and not ended, as a run or as a holdout."""
        return self.begins <= at and (self.ends is None or self.ends > at)

    def links(self, at: datetime) -> bool:
        """Whether what happens then may have been brought about by it."""
        return not self.held_out and any(at - LINK < moment <= at for moment in self.done)


@dataclass(frozen=True, slots=True)
class Acted:
    """A signal as the interlocks see it."""

    at: datetime
    type_id: int
    contact_id: int | None
    qualifies: bool


@dataclass(frozen=True, slots=True)
class Made:
    """An outbound touch; `cause` as of a promise."""

    at: datetime
    contact_id: int | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A task that somebody owed from `since` until `closed`; it counts as a touch at its due time.

    `cause`: of a task of the replayed play itself, the occasion that began its run. `began`: the same of any play.
    """

    since: datetime
    due: datetime
    closed: datetime | None
    contact_id: int | None = None
    cause: Cause | None = None
    began: Cause | None = None

    def counts(self, at: datetime, asked: Cause) -> bool:
        """Whether it stood for a touch of the week when this occasion was asked about at that moment."""
        return (
            is_before(self.since, self.began, at, asked)
            and (self.closed is None or self.closed > at)
            and at - WEEK < self.due <= at + WEEK
        )


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one account over time. `tiers`: (from, tier), oldest first; the rest sorted by time.

    `account`: what it was, from one change to the next. `released`: plays whose holdout a person took it out of, and
    when.
    """

    account: Course[AccountFacts]
    tiers: tuple[tuple[datetime, int | None], ...] = ()
    touches: tuple[Made, ...] = ()
    marketing: tuple[datetime, ...] = ()
    promises: tuple[Promise, ...] = ()
    signals: tuple[Acted, ...] = ()
    runs: tuple[Run, ...] = ()
    released: tuple[tuple[datetime, str], ...] = ()
    exits: tuple[tuple[datetime, str, tuple[str, ...]], ...] = ()

    def tier_at(self, at: datetime) -> int | None:
        """The tier that held then; None off the list."""
        place = bisect_right(self.tiers, at, key=lambda pair: pair[0])
        return self.tiers[place - 1][1] if place else None

    def reached(
        self, at: datetime, asked: Cause, causes: Collection[Cause], planned: Iterable[Promise]
    ) -> list[tuple[int | None, datetime]]:
        """(contact, moment) of the touches that counted at `at`: those of others, and of the runs of these causes."""
        made = self.touches[
            bisect_right(self.touches, at - WEEK, key=_moment) : bisect_right(self.touches, at, key=_moment)
        ]
        found = [(one.contact_id, one.at) for one in made if one.cause is None or one.cause in causes]
        found += [
            (one.contact_id, one.due)
            for one in (*self.promises, *planned)
            if one.counts(at, asked) and (one.cause is None or one.cause in causes)
        ]
        return found

    def facts_at(
        self,
        at: datetime,
        runs: Sequence[Run],
        *,
        asked: Cause,
        causes: Collection[Cause],
        planned: Sequence[Promise] = (),
        qualifying_days: int,
    ) -> AccountFacts:
        """The account as a decision on an occasion at `at` saw it, with these runs of plays and what they promise."""
        account = self.account.at(at)
        signals = self.signals[
            bisect_left(self.signals, at - ENGAGED, key=_moment) : bisect_right(self.signals, at, key=_moment)
        ]
        since = at - timedelta(days=qualifying_days)
        qualifying = independent(
            (one.type_id, one.contact_id, one.at) for one in signals if one.qualifies and one.at >= since
        )
        acted = {one.contact_id: one.at for one in signals if one.contact_id is not None}
        reached = self.reached(at, asked, causes, planned)
        first = bisect_left(self.marketing, at - AWARENESS)
        begun = self.marketing[first] if first < len(self.marketing) and self.marketing[first] <= at else None
        ended: dict[str, datetime] = {}
        for run in runs:
            if not run.held_out and run.ends is not None and at - ENDED <= run.ends <= at:
                ended[run.slug] = max(run.ends, ended.get(run.slug, run.ends))
        lately = at - timedelta(days=account.limits.days)
        return replace(
            account,
            tier=self.tier_at(at),
            touches_this_week=len(reached),
            touch_times=tuple(sorted(moment for _, moment in reached)),
            people=_people_then(account.people, reached, acted),
            awareness_since=begun,
            qualifying_signals=len(qualifying),
            qualifying_at=qualifying,
            engaged_contacts=len(acted),
            live={run.slug: run.name for run in runs if run.is_live(at)},
            ended=ended,
            held_out={run.slug: run.begins for run in runs if run.held_out and run.stands(at)},
            released=frozenset(slug for moment, slug in self.released if moment <= at),
            started_lately=sum(not run.held_out and lately < run.begins <= at for run in runs),
            chain=max((run.depth for run in runs if run.links(at)), default=0),
        )

    def exits_between(self, since: datetime, at: datetime) -> frozenset[str]:
        """Everything that ends plays and came about since."""
        return frozenset(name for moment, _, names in self.exits if since < moment <= at for name in names)

    def exit_after(self, begins: datetime, definition: PlayDefinition) -> datetime | None:
        """When the first thing that ends the play happened after it began."""
        for at, _, fulfilled in self.exits:
            if at > begins and exits.first_exit(definition.exits, fulfilled) is not None:
                return at
        return None


def _people_then(
    people: tuple[Someone, ...],
    reached: Sequence[tuple[int | None, datetime]],
    acted: Mapping[int, datetime],
) -> tuple[Someone, ...]:
    """The people with the touches that counted for each and when each had last acted; most had neither."""
    touched: dict[int, list[datetime]] = defaultdict(list)
    for contact, moment in reached:
        if contact is not None:
            touched[contact].append(moment)
    return tuple(
        replace(one, touched=tuple(sorted(touched.get(one.id, ()))), acted_at=acted.get(one.id))
        if one.id in touched or one.id in acted
        else one
        for one in people
    )


def _moment(one: Acted | Made) -> datetime:
    return one.at
