"""Dealing out what somebody had: accounts and tasks among colleagues, by seat, territory, tier or load."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plays.domain.staffing import Person

SEAT, TERRITORY, TIER, LOAD = "seat", "territory", "tier", "load"
RULES: Final = {
    SEAT: "The same seat in each account's territory, evenly",
    TERRITORY: "Whoever covers each account's territory, evenly",
    TIER: "By tier: to whom each tier is given below, else each tier evenly",
    LOAD: "Evenly: always to whoever has the fewest accounts",
}


@dataclass(frozen=True, slots=True)
class Held:
    """An account to be dealt: its territory and tier."""

    account_id: int
    territory_id: int | None = None
    tier: int | None = None


def deal(
    held: Iterable[Held],
    leaver: Person,
    people: Mapping[int, Person],
    owned: Mapping[int, int],
    *,
    rule: str = SEAT,
    among: Sequence[int] = (),
    tiers: Mapping[int, int] | None = None,
) -> dict[int, int | None]:
    """Account -> its next owner; None is the SDR pool, where nobody is left to choose from.

    Those who share are the ones named in `among`, else every rep, those of the leaver's seat first. Each account goes
    to the one of them whom the rule fits and who has the fewest accounts, so that nobody gets them all: in its
    territory, where somebody covers it; in its tier, to whoever `tiers` names (0 is off the list), else to who was
    dealt the fewest of the tier. Tier 1 is dealt first. Absences do not count.
    """
    load, dealt_of_tier = Counter(owned), Counter[tuple[int, int]]()
    named = tiers or {}
    reps = [one for one in people.values() if one.role == "rep" and one.id != leaver.id]
    seat = [one for one in reps if one.job == leaver.job]
    sharing = [people[pk] for pk in among if pk in people] or seat or reps
    dealt: dict[int, int | None] = {}
    for account in sorted(held, key=lambda one: (one.tier or 9, one.account_id)):
        tier, asked = account.tier or 0, sharing
        if rule in (SEAT, TERRITORY) and account.territory_id is not None:
            asked = [one for one in sharing if one.territory_id == account.territory_id] or sharing
        if rule == TIER and named.get(tier) in people:
            asked = [people[named[tier]]]
        fewest = dealt_of_tier if rule == TIER else Counter[tuple[int, int]]()
        choice = min(asked, key=lambda one: (fewest[tier, one.id], load[one.id], one.id), default=None)
        dealt[account.account_id] = choice.id if choice else None
        if choice:
            load[choice.id] += 1
            dealt_of_tier[tier, choice.id] += 1
    return dealt


def spread(things: Iterable[tuple[str, int]], among: Sequence[int]) -> dict[tuple[str, int], int]:
    """Each thing, by its kind and row, to whoever of `among`, who are not none, has been given the fewest."""
    held = Counter[int]()
    given: dict[tuple[str, int], int] = {}
    for one in things:
        given[one] = min(among, key=lambda person: (held[person], person))
        held[given[one]] += 1
    return given
