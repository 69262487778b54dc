"""Who owes a step [F3]: the account's own people, the routing rules, the territory, the pool; never nobody.

The rungs of `ladder` are asked in order, each says in words why it took the step or was passed over, and the whole
ladder is the answer: the tester shows what the work list does. After the last rung comes whoever of RevOps, marketing,
sales is there.

Whoever is away hands on to the stand-in; a chain is followed, a loop is not. Load is the number of open tasks, snoozed
ones too, each counting one. A pool passes over whoever is at capacity; who is named is not passed over, and the reason
says that they are past it. Is everybody of the pools full, the least loaded of the nearest takes it, and the reason
says so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from abmops.lib.errors import Refused
from plays.domain.ladder import Case, Passed, Rule, Rung, rungs
from plays.domain.staffing import Person, present, standing_in

__all__ = ["Case", "NobodyToRoute", "Passed", "Routed", "Rule", "route"]

_LAST: Final = ("revops", "marketer", "rep")


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
    gone = {pk: people[pk] for pk in barred if pk in people}
    passed: list[Passed] = []
    full: list[tuple[Rung, Person, Person]] = []
    for rung in rungs(case, left, rules, passed, gone=gone):
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


def _by_load(asked: Iterable[Person], people: Mapping[int, Person]) -> list[tuple[Person, Person]]:
    """(asked, present) pairs: those with room first, by fewest open tasks of whoever would do the work, then by id."""
    pairs = [
        (person, found)
        for person in asked
        if (found := present(person, people) if person.absent else person) is not None
    ]
    return sorted(pairs, key=lambda pair: (pair[1].is_full, pair[1].open_tasks, pair[0].absent, pair[1].id))


def _nobody(rung: Rung) -> str:
    if not rung.asked or rung.named:
        return rung.empty
    return "Everybody of them is away, and nobody who is there stands in."


def _all_full(people: Sequence[Person]) -> str:
    if len(people) == 1:
        return f"{people[0].name} is at capacity: {people[0].open_tasks:,} of {people[0].room:,} open tasks."
    return f"All {len(people):,} are at capacity."


def _routed(rung: Rung, asked: Person, found: Person, passed: Iterable[Passed], *, over: bool) -> Routed:
    reason = (
        f"{found.name}: {rung.why}."
        if found.id == asked.id
        else f"{standing_in(found.name, asked.name)}: {rung.why}."
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
