"""Dealing somebody's accounts out to colleagues: the same seat in the same territory first, evenly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plays.domain.staffing import Person


@dataclass(frozen=True, slots=True)
class Held:
    """An account to be dealt: its territory and tier."""

    account_id: int
    territory_id: int | None = None
    tier: int | None = None


def deal(
    held: Iterable[Held], leaver: Person, people: Mapping[int, Person], owned: Mapping[int, int]
) -> dict[int, int | None]:
    """Account -> its next owner; None is the SDR pool, where no rep is left.

    Whoever sits in the leaver's seat in the account's territory, else in that seat, else any rep; the one with the
    fewest accounts each time, so that nobody gets them all. Tier 1 is dealt first. Absences do not count.
    """
    load = dict(owned)
    reps = [one for one in people.values() if one.role == "rep" and one.id != leaver.id]
    seat = [one for one in reps if one.job == leaver.job]
    dealt: dict[int, int | None] = {}
    for account in sorted(held, key=lambda one: (one.tier or 9, one.account_id)):
        here = [one for one in seat if one.territory_id == account.territory_id and account.territory_id]
        choice = min(here or seat or reps, key=lambda one: (load.get(one.id, 0), one.id), default=None)
        dealt[account.account_id] = choice.id if choice else None
        if choice:
            load[choice.id] = load.get(choice.id, 0) + 1
    return dealt
