"""Who owes a step [F3]: the account's own people, the routing rules, the territory, the pool; never nobody.

The rungs are asked in order, each says in words why it took the step or was passed over, and the whole ladder is the
answer: the tester shows what the work list does.

1. A step that asks for a seat (SDR, AE, CSM) goes to the person of that seat who works the account already: who owns
   its open deal, or touched it last in half a year.
2. The named owner takes every other step that is not marketing's, whatever seat it asks for, so that one person speaks
   to the account; but not a customer success manager's, who is another person on purpose.
3. The rules of the routing table, in their order.
4. The seat in the account's territory, then the seat anywhere: the fewest open tasks first.
5. A customer success step without such a person: the named owner. A step that is not marketing's: any rep.
6. RevOps, marketing, sales: whoever is there.

Whoever is away hands on to the stand-in; a chain is followed, a loop is not. Load is the number of open tasks, snoozed
ones too, each counting one. A pool passes over whoever is at capacity; who is named is not passed over, and the reason
says that they are past it. Is everybody of the pools full, the least loaded of the nearest takes it, and the reason
says so.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from abmops.lib.errors import Refused
from plays.domain import vocabulary as words
from plays.domain.staffing import SEAT_NAMES, Person, present

_LAST: Final = ("revops", "marketer", "rep")


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
class Routed:
    """Who gets the work, by which rule, and why in words; what was asked before it."""

    person_id: int
    rule: str
    reason: str
    passed: tuple[Passed, ...] = ()
    rung: str = ""


class NobodyToRoute(Refused):
    """The installation has no person at all who could be given work."""

    code = "nobody_to_route"


@dataclass(frozen=True, slots=True)
class _Rung:
    """One step of the ladder: who is asked. `named` people are not passed over for being full."""

    key: str
    title: str
    asked: Sequence[Person]
    why: str
    named: bool = False
    empty: str = "Nobody is there."
    note: str = ""


def route(
    case: Case,
    people: Mapping[int, Person],
    rules: Sequence[Rule] = (),
    *,
    barred: Collection[int] = frozenset(),
) -> Routed:
    """The person for a case. Nobody of `barred` gets it, neither by name nor as a stand-in.

    Raises NobodyToRoute only where there is no person but the barred ones.
    """
    left = {pk: one for pk, one in people.items() if pk not in barred} if barred else people
    passed: list[Passed] = []
    full: list[tuple[_Rung, Person, Person]] = []
    for rung in _rungs(case, left, rules, passed, gone=frozenset(barred)):
        pairs = _by_load(rung.asked, left)
        if not pairs:
            passed.append(Passed(rung.title, _nobody(rung)))
            continue
        asked, found = pairs[0]
        if rung.named or not found.is_full:
            return _routed(rung, asked, found, passed, over=found.is_full)
        passed.append(Passed(rung.title, _all_full([person for _, person in pairs])))
        full.append((rung, asked, found))
    if full:
        rung, asked, found = full[0]
        return _routed(rung, asked, found, passed, over=True)
    return _last(left, passed)


def _rungs(
    case: Case,
    people: Mapping[int, Person],
    rules: Sequence[Rule],
    passed: list[Passed],
    *,
    gone: Collection[int],
) -> Iterator[_Rung]:
    marketing = case.side == words.MARKETING
    seat = case.role if case.role != "owner" else ("marketer" if marketing else "sdr")
    name = SEAT_NAMES.get(seat, seat)
    owner = people.get(case.owner_id) if case.owner_id is not None else None
    if case.role in ("sdr", "ae", "csm"):
        holder = people.get(case.holders.get(case.role, 0))
        title = f"The account's own {name}"
        if owner is not None and owner.job == case.role:
            yield _Rung(
                "named_owner", title, [owner], "named owner of the account", named=True, empty=_away(owner)
            )
        elif holder is not None:
            why = f"the {name} who works the account already"
            yield _Rung("seat_holder", title, [holder], why, named=True, empty=_away(holder))
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
        yield _Rung(
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
    yield _Rung(
        "territory",
        f"{name[0].upper()}{name[1:]} of the territory",
        local,
        f"{name} of the account's territory with the fewest open tasks",
        empty=no_local,
    )
    yield _Rung(
        "pool",
        f"{name[0].upper()}{name[1:]} anywhere",
        [p for p in people.values() if fits(p)],
        f"{name} with the fewest open tasks",
        empty=f"Nobody sits as {name}.",
    )
    if not marketing and owner is not None and not for_owner:
        why = f"named owner of the account, since nobody is a {name}"
        yield _Rung("named_owner", "Named owner after all", [owner], why, named=True, empty=_away(owner))
    if not marketing:
        yield _Rung(
            "pool",
            "Any rep",
            [p for p in people.values() if p.role == "rep"],
            "nobody has this seat; the rep with the fewest open tasks",
            empty="There is no rep.",
        )


def _by_rule(rule: Rule, case: Case, people: Mapping[int, Person], passed: list[Passed]) -> Iterator[_Rung]:
    title = f"Rule {rule.position}, “{rule.name}”"
    if why := rule.misfit(case):
        passed.append(Passed(title, f"It {why}."))
        return
    because = f"rule “{rule.name}”"
    if rule.target == "person":
        person = people.get(rule.person_id or 0)
        asked = [person] if person is not None else []
        empty = _away(person) if person is not None else "Its person can be given no work."
        yield _Rung("rule", title, asked, because, named=True, empty=empty, note=rule.reason)
        return
    fits = _sits_in(rule.seats)
    here = rule.target == "territory"
    asked = [p for p in people.values() if fits(p) and (not here or p.territory_id == case.territory_id)]
    if here and case.territory_id is None:
        asked = []
    yield _Rung(
        "rule",
        title,
        asked,
        f"{because}, the fewest open tasks",
        empty="Nobody of its seats covers the account's territory." if here else "Nobody has its seats.",
        note=rule.reason,
    )


def _sits_in(seats: Collection[str]) -> Callable[[Person], bool]:
    return lambda person: person.seat in seats


def _by_load(asked: Iterable[Person], people: Mapping[int, Person]) -> list[tuple[Person, Person]]:
    """(asked, present) pairs: those with room first, by fewest open tasks of whoever would do the work, then by id."""
    pairs = [
        (person, found)
        for person in asked
        if (found := present(person, people) if person.absent else person) is not None
    ]
    return sorted(pairs, key=lambda pair: (pair[1].is_full, pair[1].open_tasks, pair[0].absent, pair[1].id))


def _away(person: Person) -> str:
    return f"{person.name} is away, and nobody who is there stands in." if person.absent else ""


def _no_owner(case: Case, gone: Collection[int]) -> str:
    if case.owner_id is None:
        return "The account has no owner."
    return (
        "The owner has held it already."
        if case.owner_id in gone
        else "The owner can be given no work any more."
    )


def _nobody(rung: _Rung) -> str:
    if not rung.asked or rung.named:
        return rung.empty
    return "Everybody of them is away, and nobody who is there stands in."


def _all_full(people: Sequence[Person]) -> str:
    if len(people) == 1:
        return f"{people[0].name} is at capacity: {people[0].open_tasks:,} of {people[0].room:,} open tasks."
    return f"All {len(people):,} are at capacity."


def _routed(rung: _Rung, asked: Person, found: Person, passed: Iterable[Passed], *, over: bool) -> Routed:
    reason = (
        f"{found.name}: {rung.why}."
        if found.id == asked.id
        else f"{found.name} stands in for {asked.name}, who is away: {rung.why}."
    )
    if rung.note:
        reason += f" {rung.note}"
    if over and not rung.named:
        reason += f" Everybody is at capacity; {found.name} has the fewest."
    if over:
        reason += f" Past capacity: {found.open_tasks:,} of {found.room:,} open."
    return Routed(found.id, rung.key, reason, tuple(passed), rung.title)


def _last(people: Mapping[int, Person], passed: Iterable[Passed]) -> Routed:
    staff = sorted(
        (p for p in people.values() if p.role in _LAST),
        key=lambda p: (p.absent, _LAST.index(p.role), p.open_tasks, p.id),
    )
    if staff:
        who = staff[0]
        return Routed(
            who.id,
            "last_resort",
            f"{who.name}: nobody else is there to take it.",
            tuple(passed),
            "Whoever is there",
        )
    raise NobodyToRoute("Nobody can be given this task: add a rep, a marketer or somebody of RevOps.")
