"""What of the evidence a crossing needed, and what only goes along with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.condition.counting import Counting, DistinctContacts, DistinctSignals, DistinctTypes
from signals.domain.condition.levels import Fact
from signals.domain.condition.node import Condition, Names
from signals.domain.condition.tree import AnyOf, Branch
from signals.domain.condition.view import View
from signals.domain.state import RollingState, Sighting, unpack_id


@dataclass(frozen=True, slots=True)
class Proof:
    """What was true, and the signals that it took.

    `needed` are the ids of the signals without which the counting facts would not have been true; where more would
    do, the newest. `independent` are those of them that had to be of another type or person than the others.
    `facts` are the conditions that held, in words; `unseen` those that no signal proves (a level, a rise, silence).
    """

    needed: frozenset[str]
    independent: frozenset[str]
    facts: tuple[str, ...]
    unseen: tuple[str, ...]


def proof(
    condition: Condition,
    evidence: Sequence[Sighting],
    types: Iterable[TypeFacts],
    at: float,
    names: Names | None = None,
) -> Proof:
    """Read a crossing's evidence again, as of the moment that it crossed.

    Of an `any`, the first part that the evidence proves is the one that is told. A fact that the evidence no longer
    proves (its type counts for fewer days now, or a signal was deleted) needs nothing.
    """
    catalogue = Catalogue(types, conditions=[condition])
    known = [one for one in evidence if catalogue.by_id(one.type_id) is not None]
    state = RollingState.replay(known, catalogue)
    view, now = View(state, catalogue), state.settled(at)
    needed: set[str] = set()
    independent: set[str] = set()
    facts: list[str] = []
    unseen: list[str] = []
    for fact in _told(condition, view, now):
        if isinstance(fact, Counting):
            marks = sorted(fact.marks(view, now), reverse=True)[: fact.at_least]
            ids = {unpack_id(packed) for _, packed, _ in marks}
            needed |= ids
            if isinstance(fact, DistinctTypes | DistinctContacts | DistinctSignals) and len(ids) > 1:
                independent |= ids
            if ids:
                facts.append(fact.sentence(names))
        else:
            unseen.append(fact.sentence(names))
    return Proof(frozenset(needed), frozenset(independent), tuple(facts), tuple(unseen))


def _told(condition: Condition, view: View, now: float) -> Iterator[Condition]:
    """The facts to tell of: all of an `all`; of an `any` the first that is proven, else what it may be."""
    if not isinstance(condition, Branch):
        yield condition
    elif isinstance(condition, AnyOf):
        proven = [part for part in condition.parts if _proves(part, view, now)]
        may_be = [part for part in condition.parts if _unseen(part)]
        for part in proven[:1] or may_be:
            yield from _told(part, view, now)
    else:
        for part in condition.parts:
            yield from _told(part, view, now)


def _proves(condition: Condition, view: View, now: float) -> bool:
    """Whether the evidence alone shows it, all of it."""
    if isinstance(condition, Branch):
        each = [_proves(part, view, now) for part in condition.parts]
        return any(each) if isinstance(condition, AnyOf) else all(each)
    return isinstance(condition, Counting) and condition.is_met(view, now)


def _unseen(condition: Condition) -> bool:
    """Whether something in it is a fact that no signal proves."""
    if isinstance(condition, Branch):
        return any(_unseen(part) for part in condition.parts)
    return isinstance(condition, Fact)
