"""Who owes a step [F3]: the named owner, else the territory's rep, else the pool; never nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from abmops.lib.errors import Refused
from plays.domain import vocabulary as words


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be given work. `stand_in_id` counts only while `absent`."""

    id: int
    name: str
    role: str
    job: str = ""
    territory_id: int | None = None
    open_tasks: int = 0
    absent: bool = False
    stand_in_id: int | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """Who gets the work, by which rule, and why in words."""

    person_id: int
    rule: str
    reason: str


class NobodyToRoute(Refused):
    """The installation has no person at all who could be given work."""

    code = "nobody_to_route"


def route(
    *, side: str, role: str, owner_id: int | None, territory_id: int | None, people: Mapping[int, Person]
) -> Routed:
    """The person for a step of `side` owed by `role`.

    The named owner takes every step that is not marketing's. Then the territory's people in the step's role,
    then the pool of that role (SDRs for the owner's steps, marketers for marketing's), each by fewest open
    tasks. RevOps is the last resort, even when away. Whoever is away hands on to the stand-in; a chain of
    absences is followed, a loop is not.
    """
    if side != words.MARKETING and owner_id is not None and owner_id in people:
        found = _present(people[owner_id], people)
        if found is not None:
            return _routed(found, people[owner_id], "named_owner", "named owner of the account")
    fits = _role_fits(role, side)
    seat = words.ROLES.get(_pool_role(role, side), role)
    local = [
        p for p in people.values() if fits(p) and territory_id is not None and p.territory_id == territory_id
    ]
    for person, found in _by_load(local, people):
        return _routed(
            found, person, "territory", f"{seat} of the account's territory with the fewest open tasks"
        )
    for person, found in _by_load([p for p in people.values() if fits(p)], people):
        return _routed(found, person, "pool", f"{seat} with the fewest open tasks")
    if side != words.MARKETING:
        for person, found in _by_load([p for p in people.values() if p.role == "rep"], people):
            return _routed(found, person, "pool", "nobody has this seat; the rep with the fewest open tasks")
    return _last(people)


def _pool_role(role: str, side: str) -> str:
    if role == "owner":
        return "marketer" if side == words.MARKETING else "sdr"
    return role


def _role_fits(role: str, side: str) -> "_Fits":
    return _Fits(_pool_role(role, side))


@dataclass(frozen=True, slots=True)
class _Fits:
    """Whether a person sits in a role: reps by their job, the others by what they are."""

    role: str

    def __call__(self, person: Person) -> bool:
        return person.job == self.role if self.role in ("sdr", "ae", "csm") else person.role == self.role


def _by_load(candidates: Iterable[Person], people: Mapping[int, Person]) -> Iterable[tuple[Person, Person]]:
    """(asked, present) pairs by fewest open tasks of whoever would do the work, then by id."""
    pairs = [(person, found) for person in candidates if (found := _present(person, people)) is not None]
    return sorted(pairs, key=lambda pair: (pair[1].open_tasks, pair[0].absent, pair[1].id))


def _present(person: Person, people: Mapping[int, Person]) -> Person | None:
    """The person, or whoever stands in at the end of the chain of absences; None where the chain breaks or
    loops.
    """
    seen: set[int] = set()
    current: Person | None = person
    while current is not None and current.absent:
        if current.id in seen:
            return None
        seen.add(current.id)
        current = people.get(current.stand_in_id) if current.stand_in_id is not None else None
    return current


def _routed(found: Person, asked: Person, rule: str, why: str) -> Routed:
    if found.id == asked.id:
        return Routed(found.id, rule, f"{found.name}: {why}.")
    return Routed(found.id, rule, f"{found.name} stands in for {asked.name}, who is away: {why}.")


def _last(people: Mapping[int, Person]) -> Routed:
    for role in ("revops", "marketer", "rep"):
        staff = sorted(
            (p for p in people.values() if p.role == role), key=lambda p: (p.absent, p.open_tasks, p.id)
        )
        if staff:
            return Routed(staff[0].id, "last_resort", f"{staff[0].name}: nobody else is there to take it.")
    raise NobodyToRoute("Nobody can be given this task: add a rep, a marketer or somebody of RevOps.")
