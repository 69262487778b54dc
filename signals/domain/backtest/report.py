"""What a rule would have done over a window, with what is told of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from signals.domain.backtest import outcome
from signals.domain.backtest.outcome import Judged, Load, Opening, Share
from signals.domain.catalogue import Catalogue
from signals.domain.condition import Condition, words
from signals.domain.condition.node import Names


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold as it is tried: what it says, for which tiers (none: any account), and its cool-down.

    `catalogue`: the types and weights to try it with; None: those in force.
    """

    condition: Condition
    tiers: tuple[int, ...] = ()
    rearm_days: float = 14
    catalogue: Catalogue | None = None

    def sentence(self, names: Names | None = None) -> str:
        """It in English: what must be true, for whom, and when it may cross again."""
        who = f"tier {words.listed([str(tier) for tier in self.tiers])}" if self.tiers else "any account"
        again = words.days(round(self.rearm_days)) if self.rearm_days else "no time at all"
        return f"{self.condition.sentence(names)} For {who}; it can cross again after {again}."


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
        """The accounts that crossed at least once."""
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
    def is_beyond_chance(self) -> bool:
        """Whether the share of crossings differs from the base rate by more than chance explains (95 %)."""
        interval = self.precision_of_crossings.interval
        return interval is not None and self.base_rate is not None and not interval.holds(self.base_rate)

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
