"""The buying committee: which parts nobody plays, and who reports to whom [I3]."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

# A blocker is a person to know, not a part to fill: their absence is no gap.
WANTED_ROLES = ("economic_buyer", "technical_evaluator", "champion", "end_user")


class Member(Protocol):
    """A contact, as far as the chart cares."""

    id: Any
    reports_to_id: Any


M = TypeVar("M", bound=Member)


@dataclass(slots=True)
class Branch(Generic[M]):
    """A person and those who report to them."""

    person: M
    reports: list[Self] = field(default_factory=list)


def missing_roles(known: Iterable[str]) -> tuple[str, ...]:
    """The wanted roles that nobody holds, in their own order."""
    held = set(known)
    return tuple(role for role in WANTED_ROLES if role not in held)


def chart(people: Sequence[M]) -> list[Branch[M]]:
    """The people as trees, in the order given; who reports to nobody here, or in a circle, stands on top."""
    branches = {person.id: Branch(person) for person in people}
    tops = []
    for person in people:
        above = person.reports_to_id
        if above in branches and not _leads_back(person.id, branches):
            branches[above].reports.append(branches[person.id])
        else:
            tops.append(branches[person.id])
    return tops


def _leads_back(start: int, branches: "dict[int, Branch[M]]") -> bool:
    """Whether going up from a person comes back to them."""
    seen, at = {start}, branches[start].person.reports_to_id
    while at is not None and at in branches:
        if at == start:
            return True
        if at in seen:
            return False
        seen.add(at)
        at = branches[at].person.reports_to_id
    return False
