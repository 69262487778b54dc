"""What a threshold would have done over the past, and what that would have been worth. Reads only.

What is taken as it is today: fits, owners, weights and half-lives (unless another catalogue is given). What is taken as
it was: signals, touches, opportunities, and the tier each account was in. Signals count from when they happened, as if
none had come late. The past before the window is lived, too: 60 days of it with the threshold already watching, so that
a cool-down which began then is held, and an opportunity that opened early in the window can have been seen coming.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from abmops.lib.errors import Refused
from signals import selectors
from signals.domain import backtest as engine
from signals.domain.backtest import outcome
from signals.domain.backtest.history import History
from signals.domain.backtest.outcome import WITHIN, Judged, Load, Opening, Share
from signals.domain.backtest.sweep import hears_all, leaves
from signals.domain.catalogue import Catalogue
from signals.domain.condition import Condition, Dormant
from signals.domain.condition.counting import Counting
from signals.selectors import backtest as reading

MOST_SIGNALS = 3_000_000
"""More are not read at once: they would take a gigabyte of memory."""

MOST_DAYS = 1_096
FADED = 60
"""Half-lives after which what is left of a signal's points is less than rounding."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold as it is tried: what it says, for which tiers (none: any account), and its cool-down.

    `catalogue`: the types and weights to try it with; None: those in force.
    """

    condition: Condition
    tiers: tuple[int, ...] = ()
    rearm_days: float = 14
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done in `[since, until)`, as far as is known at `now`.

    `applied` is for how many accounts it was at some time. `openings` are the opportunities that opened in the window
    on accounts it was for at that moment.
    """

    rule: Rule
    since: datetime
    until: datetime
    now: datetime
    applied: int
    crossings: tuple[Judged, ...]
    openings: tuple[Opening, ...]
    base_rate: float | None

    @property
    def accounts(self) -> frozenset[int]:
        """Who crossed."""
        return frozenset(one.account_id for one in self.crossings)

    @property
    def opened(self) -> frozenset[int]:
        """Who crossed, and opened an opportunity within 60 days of it, judged or not."""
        return frozenset(one.account_id for one in self.crossings if one.opened_at is not None)

    @property
    def waiting(self) -> int:
        """Crossings whose 60 days have not passed yet."""
        return sum(not one.is_judged for one in self.crossings)

    @property
    def precision(self) -> Share:
        """Of the accounts that crossed 60 days ago or earlier: those that opened an opportunity within 60 days."""
        return outcome.share_of_accounts(self.crossings)

    @property
    def precision_of_crossings(self) -> Share:
        """The same crossing by crossing; this one compares with `base_rate`."""
        return outcome.share_of_crossings(self.crossings)

    @property
    def lift(self) -> float | None:
        """How many times likelier an opportunity is after a crossing than at any moment."""
        share = self.precision_of_crossings.value
        return None if share is None or not self.base_rate else share / self.base_rate

    @property
    def missed(self) -> tuple[Opening, ...]:
        """Opportunities that no crossing announced."""
        return tuple(one for one in self.openings if one.crossed_at is None)

    @property
    def recall(self) -> Share:
        """Of the opportunities in the window: those whose account crossed in the 60 days before."""
        return Share(len(self.openings) - len(self.missed), len(self.openings))

    @property
    def lead_days(self) -> float | None:
        """The median days from the first crossing in those 60 days to the opening."""
        leads = [one.lead_days for one in self.openings if one.lead_days is not None]
        return median(leads) if leads else None

    @property
    def load(self) -> Load:
        """Crossings a week."""
        return outcome.load((one.at for one in self.crossings), since=self.since, until=self.until)

    @property
    def load_by_owner(self) -> list[tuple[int | None, int, Load]]:
        """Crossings a week and owner, the busiest first; None: accounts of nobody."""
        return outcome.load_by_owner(self.crossings, since=self.since, until=self.until)

    @property
    def by_tier(self) -> dict[int | None, int]:
        """Crossings by the tier the account was in; None: off the list, or not asked for."""
        counted: defaultdict[int | None, int] = defaultdict(int)
        for one in self.crossings:
            counted[one.tier] += 1
        return dict(sorted(counted.items(), key=lambda item: (item[0] is None, item[0] or 0)))


@dataclass(frozen=True, slots=True)
class Difference:
    """A draft against what is in force, account by account."""

    kept: frozenset[int]
    gained: frozenset[int]
    lost: frozenset[int]


def difference(draft: Backtest, live: Backtest) -> Difference:
    """Who crosses in both, only in the draft, and only in what is in force."""
    ours, theirs = draft.accounts, live.accounts
    return Difference(ours & theirs, ours - theirs, theirs - ours)


def backtest(
    *,
    condition: Condition,
    tiers: Collection[int],
    rearm_days: float,
    since: datetime,
    until: datetime,
    catalogue: Catalogue | None = None,
    now: datetime,
) -> Backtest:
    """One rule over one window; Refused where the window is no window, or holds too much."""
    rule = Rule(condition, tuple(sorted(tiers)), rearm_days, catalogue)
    return backtests(rules=[rule], since=since, until=until, now=now)[0]


def backtests(*, rules: Sequence[Rule], since: datetime, until: datetime, now: datetime) -> list[Backtest]:
    """Several rules over one window: what they need is read once."""
    until = min(until, now)
    _check(since, until)
    in_force = selectors.book().catalogue
    catalogues = [_for(rule, in_force) for rule in rules]
    wanted = _wanted(rules, catalogues, since, until)
    if (expected := reading.expected_signals(wanted)) > MOST_SIGNALS:
        raise Refused(
            f"About {expected:,} signals would have to be read, and at most {MOST_SIGNALS:,} are. "
            "Choose a shorter window, fewer tiers, or a condition that names signal types."
        )
    past = reading.history(wanted)
    openings = reading.openings(None, since=since)
    return [
        _one(rule, catalogue, past, openings, since=since, until=until, now=now)
        for rule, catalogue in zip(rules, catalogues, strict=True)
    ]


def expected_signals(*, rules: Sequence[Rule], since: datetime, until: datetime) -> int:
    """About how many signals a backtest of these would read: tells whether somebody can wait for it."""
    in_force = selectors.book().catalogue
    catalogues = [_for(rule, in_force) for rule in rules]
    return reading.expected_signals(_wanted(rules, catalogues, since, until))


def _check(since: datetime, until: datetime) -> None:
    if since >= until:
        raise Refused("The window must begin before it ends, and begin in the past.")
    if until - since > timedelta(days=MOST_DAYS):
        raise Refused("A backtest looks at three years at most; choose a shorter window.")


def _for(rule: Rule, in_force: Catalogue) -> Catalogue:
    """The catalogue whose states remember enough for this condition."""
    catalogue = rule.catalogue or in_force
    return Catalogue(catalogue, source_weights=catalogue.source_weights, conditions=[rule.condition])


def _wanted(
    rules: Sequence[Rule], catalogues: Sequence[Catalogue], since: datetime, until: datetime
) -> reading.Wanted:
    """What all of them together must know of the past."""
    facts = [leaf for rule in rules for leaf in leaves(rule.condition)]
    types = frozenset[int]().union(
        *(rule.condition.types_heard(one) for rule, one in zip(rules, catalogues, strict=True))
    )
    every = any(hears_all(rule.condition) for rule in rules)
    lives = [FADED * one.longest_half_life_days for one in catalogues] if every else [0.0]
    days = max([*lives, *(leaf.days for leaf in facts if isinstance(leaf, Counting | Dormant))])
    watched = since - WITHIN
    everybody = any(not rule.tiers for rule in rules)
    return reading.Wanted(
        since=watched - timedelta(days=days),
        until=until,
        types=None if every else types,
        topics=frozenset[str]().union(*(rule.condition.topics_named() for rule in rules)),
        tiers=() if everybody else sorted({tier for rule in rules for tier in rule.tiers}),
        listed_since=watched,
        touches=any(isinstance(leaf, Dormant) for leaf in facts),
    )


def _one(
    rule: Rule,
    catalogue: Catalogue,
    past: History,
    openings: Mapping[int, Sequence[tuple[datetime, int]]],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> Backtest:
    watched = since - WITHIN
    asked = engine.Question(
        rule.condition,
        rule.tiers,
        rule.rearm_days,
        reading.micros(watched),
        reading.micros(until),
        selectors.scoring(),
    )
    found = engine.crossings(past, asked, catalogue)
    crossed: defaultdict[int, list[datetime]] = defaultdict(list)
    for place, at in zip(found.account.tolist(), found.at.tolist(), strict=True):
        crossed[int(past.ids[place])].append(reading.moment(at))
    places = _places(past, watched, until)
    whole = [(0, watched, until)]
    applied = {
        account_id: [span for span in places.get(account_id, ()) if span[0] in rule.tiers]
        if rule.tiers
        else whole
        for account_id in past.ids.tolist()
    }
    opened = {account_id: [at for at, _ in rows] for account_id, rows in openings.items()}
    owners = reading.owners(crossed)
    return Backtest(
        rule=rule,
        since=since,
        until=until,
        now=now,
        applied=sum(any(end > since for _, _, end in spans) for spans in applied.values()),
        crossings=tuple(
            Judged(
                account_id=account_id,
                at=at,
                tier=_tier(places.get(account_id, ()), at),
                owner_id=owners.get(account_id),
                opened_at=outcome.opened_after(at, opened.get(account_id, ())),
                is_judged=at + WITHIN <= now,
            )
            for account_id, moments in crossed.items()
            for at in moments
            if at >= since
        ),
        openings=tuple(
            Opening(pk, account_id, at, outcome.first_before(at, crossed.get(account_id, ())))
            for account_id, rows in openings.items()
            for at, pk in rows
            if since <= at < until and _tier(applied.get(account_id, ()), at) is not None
        ),
        base_rate=outcome.base_rate(
            ((account_id, start, end) for account_id, spans in applied.items() for _, start, end in spans),
            opened,
            since=since,
            until=min(until, now - WITHIN),
        ),
    )


Place = tuple[int, datetime, datetime]
"""A tier, and the half-open time in which an account was in it."""


def _places(past: History, since: datetime, until: datetime) -> dict[int, list[Place]]:
    """Where each account stood on the list, cut to the window."""
    found: defaultdict[int, list[Place]] = defaultdict(list)
    low, high, spans = reading.micros(since), reading.micros(until), past.places
    for account, start, end, tier in zip(
        past.ids[spans.account].tolist(),
        spans.start.clip(low, high).tolist(),
        spans.end.clip(low, high).tolist(),
        spans.tier.tolist(),
        strict=True,
    ):
        found[account].append((tier, reading.moment(start / 1e6), reading.moment(end / 1e6)))
    return found


def _tier(places: Sequence[Place], at: datetime) -> int | None:
    return next((tier for tier, start, end in places if start <= at < end), None)
