"""The rungs that routing asks, in their order: who is asked on each, and why they would take the step.

1. A step that asks for a seat (SDR, AE, CSM) goes to the person of that seat who works the account already: who owns
   its open deal, or touched it last in half a year.
2. The named owner takes every other step that is not marketing's, whatever seat it asks for, so that one person speaks
   to the account; but not a customer success manager's, who is another person on purpose.
3. The rules of the routing table, in their order.
4. The seat in the account's territory, then the seat anywhere: the fewest open tasks first.
5. A customer success step without such a person: the named owner. A step that is not marketing's: any rep.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from plays.domain import vocabulary as words
from plays.domain.staffing import SEAT_NAMES, Person


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the routing table. Empty conditions fit everything; tier 0 is off the list."""

    id: int
    name: str
    position: int
    target: str
    person_id: int | None = None
    seats: tuple[str, ...] = ()
    tiers: frozenset[int] = frozenset()
    territories: frozenset[int] = frozenset()
    countries: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    reason: str = ""

    def misfit(self, case: "Case") -> str:
        """Which condition the case does not meet, in words; empty where the rule fits."""
        checks: tuple[tuple[Collection[object], object, str], ...] = (
            (self.sides, case.side, "is not for this side"),
            (self.roles, case.role, "is not for a step that asks for this role"),
            (self.tiers, case.tier or 0, "is not for this tier"),
            (self.territories, case.territory_id, "is not for this territory"),
            (self.countries, case.country.upper(), "is not for this country"),
            (self.industries, case.industry.casefold(), "is not for this industry"),
        )
        return next((why for wanted, has, why in checks if wanted and has not in wanted), "")


@dataclass(frozen=True, slots=True)
class Case:
    """A step to be given to somebody: what it asks for, and of which account. `holders` is seat to person."""

    side: str
    role: str
    owner_id: int | None = None
    territory_id: int | None = None
    tier: int | None = None
    country: str = ""
    industry: str = ""
    holders: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passed:
    """A rung that did not take the step, and why."""

    rung: str
    why: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: who is asked. `named` people are not passed over for being full."""

    key: str
    title: str
    asked: Sequence[Person]
    why: str
    named: bool = False
    empty: str = "Nobody is there."
    note: str = ""


def rungs(
    case: Case,
    people: Mapping[int, Person],
    rules: Sequence[Rule],
    passed: list[Passed],
    *,
    gone: Mapping[int, Person],
) -> Iterator[Rung]:
    """Who is asked, one after another; what is passed over without asking is noted in `passed`.

    `gone` may not be asked: they have held it already, or are paused.
    """
    marketing = case.side == words.MARKETING
    seat = case.role if case.role != "owner" else ("marketer" if marketing else "sdr")
    name = SEAT_NAMES.get(seat, seat)
    owner = people.get(case.owner_id) if case.owner_id is not None else None
    if case.role in ("sdr", "ae", "csm"):
        holder = people.get(case.holders.get(case.role, 0))
        title = f"The account's own {name}"
        if owner is not None and owner.job == case.role:
            yield Rung(
                "named_owner", title, [owner], "named owner of the account", named=True, empty=_away(owner)
            )
        elif holder is not None:
            why = f"the {name} who works the account already"
            yield Rung("seat_holder", title, [holder], why, named=True, empty=_away(holder))
        else:
            passed.append(Passed(title, f"No {name} works this account yet."))
    for_owner = not marketing and not (case.role == "csm" and (owner is None or owner.job != "csm"))
    if owner is None:
        passed.append(Passed("Named owner", _no_owner(case, gone)))
    elif owner.job == case.role:
        pass  # asked above
    elif not for_owner:
        why = "Marketing's" if marketing else "Customer success"
        passed.append(Passed("Named owner", f"{why} steps are not the owner's."))
    else:
        yield Rung(
            "named_owner",
            "Named owner",
            [owner],
            "named owner of the account",
            named=True,
            empty=_away(owner),
        )
    for rule in rules:
        yield from _by_rule(rule, case, people, passed)
    fits = _sits_in((seat,))
    local = [
        p
        for p in people.values()
        if case.territory_id is not None and p.territory_id == case.territory_id and fits(p)
    ]
    no_local = (
        f"No {name} covers the account's territory." if case.territory_id else "The account has no territory."
    )
    yield Rung(
        "territory",
        f"{name[0].upper()}{name[1:]} of the territory",
        local,
        f"{name} of the account's territory with the fewest open tasks",
        empty=no_local,
    )
    none = _none_of(fits, name, people, gone)
    yield Rung(
        "pool",
        f"{name[0].upper()}{name[1:]} anywhere",
        [p for p in people.values() if fits(p)],
        f"{name} with the fewest open tasks",
        empty=f"{none[0].upper()}{none[1:]}.",
    )
    if not marketing and owner is not None and not for_owner:
        why = f"named owner of the account, since {none}"
        yield Rung("named_owner", "Named owner after all", [owner], why, named=True, empty=_away(owner))
    if not marketing:
        yield Rung(
            "pool",
            "Any rep",
            [p for p in people.values() if p.role == "rep"],
            f"{none}; the rep with the fewest open tasks",
            empty="There is no rep.",
        )


def _by_rule(rule: Rule, case: Case, people: Mapping[int, Person], passed: list[Passed]) -> Iterator[Rung]:
    title = f"Rule {rule.position}, “{rule.name}”"
    if why := rule.misfit(case):
        passed.append(Passed(title, f"It {why}."))
        return
    because = f"rule “{rule.name}”"
    if rule.target == "person":
        person = people.get(rule.person_id or 0)
        asked = [person] if person is not None else []
        empty = _away(person) if person is not None else "Its person can be given no work."
        yield Rung("rule", title, asked, because, named=True, empty=empty, note=rule.reason)
        return
    fits = _sits_in(rule.seats)
    here = rule.target == "territory"
    asked = [p for p in people.values() if fits(p) and (not here or p.territory_id == case.territory_id)]
    if here and case.territory_id is None:
        asked = []
    yield Rung(
        "rule",
        title,
        asked,
        f"{because}, the fewest open tasks",
        empty="Nobody of its seats covers the account's territory." if here else "Nobody has its seats.",
        note=rule.reason,
    )


def _sits_in(seats: Collection[str]) -> Callable[[Person], bool]:
    return lambda person: person.seat in seats


def _away(person: Person) -> str:
    return f"{person.name} is away, and nobody who is there stands in." if person.absent else ""


def _none_of(
    fits: Callable[[Person], bool], name: str, people: Mapping[int, Person], gone: Mapping[int, Person]
) -> str:
    """Why nobody of a seat takes it, in words: a seat that somebody has is never said to be empty."""
    some_gone = any(fits(person) for person in gone.values())
    if any(fits(person) for person in people.values()):
        return f"everybody {'else ' if some_gone else ''}who sits as {name} is away or at capacity"
    if some_gone:
        return f"everybody who sits as {name} has held it already or is paused"
    return f"nobody sits as {name}"


def _no_owner(case: Case, gone: Mapping[int, Person]) -> str:
    if case.owner_id is None:
        return "The account has no owner."
    return (
        "The owner has held it already."
        if case.owner_id in gone
        else "The owner can be given no work any more."
    )
