"""How full the list may be [J, I]: what a tier and an owner would hold after a change, and what that is too much of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Band(StrEnum):
    """Where a count lies."""

    UNDER = "under"
    INSIDE = "inside"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a tier should hold: from `least` to `most` in all, and at most `most_per_owner` with one owner."""

    tier: int
    least: int
    most: int
    most_per_owner: int | None = None

    def band(self, held: int) -> Band:
        """Both ends of the band are inside it."""
        if held < self.least:
            return Band.UNDER
        return Band.OVER if held > self.most else Band.INSIDE


# In force until a policy is written.
DEFAULTS = (Ceiling(1, 25, 50), Ceiling(2, 100, 200), Ceiling(3, 200, 500))


@dataclass(frozen=True, slots=True)
class Going:
    """An account's place on the list now, and the one it is to have. None is off the list."""

    account_id: int
    owner_id: int | None
    before: int | None
    after: int | None

    @property
    def arrives(self) -> int | None:
        """The tier that gains it; None where none does."""
        return self.after if self.after != self.before else None


@dataclass(frozen=True, slots=True)
class Holding:
    """How many accounts each tier holds, and each owner in each tier."""

    tiers: Mapping[int, int] = field(default_factory=dict)
    owners: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def after(self, going: Iterable[Going]) -> Holding:
        """The same once all of them have gone."""
        tiers, owners = Counter(self.tiers), Counter(self.owners)
        for one in going:
            for tier, step in ((one.before, -1), (one.after, 1)):
                if tier is None:
                    continue
                tiers[tier] += step
                if one.owner_id is not None:
                    owners[one.owner_id, tier] += step
        return Holding(dict(tiers), dict(owners))


def would_hold(who: str, held: int, most: int, what: str = "", *, verb: str = "would hold") -> str:
    """`Tier 1 would hold 53 of at most 50.`"""
    return f"{who} {verb} {held:,} of at most {most:,}{f' {what}' if what else ''}."


def exceeded(
    going: Sequence[Going],
    holding: Holding,
    ceilings: Iterable[Ceiling],
    names: Mapping[int, str],
    *,
    verb: str = "would hold",
) -> dict[int, list[str]]:
    """By account, the ceilings that its arrival goes past, in words.

    All go together: who leaves a tier makes room for who arrives. A tier that is too full already may be left and
    moved within by nobody without a word: every arrival past the ceiling counts, however full it was.
    """
    then = holding.after(going)
    rules = {ceiling.tier: ceiling for ceiling in ceilings}
    found: dict[int, list[str]] = {}
    for one in going:
        rule = rules.get(one.arrives) if one.arrives is not None else None
        if rule is None:
            continue
        held = then.tiers.get(rule.tier, 0)
        if held > rule.most:
            found.setdefault(one.account_id, []).append(
                would_hold(f"Tier {rule.tier}", held, rule.most, verb=verb)
            )
        if rule.most_per_owner is None or one.owner_id is None:
            continue
        mine = then.owners.get((one.owner_id, rule.tier), 0)
        if mine > rule.most_per_owner:
            name = names.get(one.owner_id, "The owner")
            what = f"tier {rule.tier} accounts"
            found.setdefault(one.account_id, []).append(
                would_hold(name, mine, rule.most_per_owner, what, verb=verb)
            )
    return found
