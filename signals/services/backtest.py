"""What a threshold would have done over the past, and what that would have been worth. Reads only.

What is taken as it is today: fits, owners, weights and half-lives (unless another catalogue is given). What is taken as
it was: signals, touches, opportunities, and the tier each account was in. Signals count from when they happened, as if
none had come late. The past before the window is lived, too: 60 days of it with the threshold already watching, so that
a cool-down which began then is held, and an opportunity that opened early in the window can have been seen coming.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from abmops.lib.errors import Refused
from signals import selectors
from signals.domain import backtest as engine
from signals.domain.backtest import outcome
from signals.domain.backtest.history import History
from signals.domain.backtest.outcome import WITHIN, Judged, Opening
from signals.domain.backtest.report import Backtest, Difference, Rule, difference
from signals.domain.backtest.sweep import hears_all, leaves
from signals.domain.catalogue import Catalogue
from signals.domain.condition import Condition, Dormant
from signals.domain.condition.counting import Counting
from signals.selectors import backtest as reading

__all__ = ["Backtest", "Difference", "Rule", "backtest", "backtests", "difference", "expected_signals"]

MOST_SIGNALS = 3_000_000
"""More are not read at once: they would take a gigabyte of memory."""

MOST_DAYS = 1_096
FADED = 60
"""Half-lives after which what is left of a signal's points is less than rounding."""


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
