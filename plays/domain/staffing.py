"""The people who can be given work: their seats, how much they may hold, and who stands in while they are away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CAPACITY: Final = {"sdr": 80, "ae": 60, "csm": 60, "marketer": 120, "revops": 120}
"""Open tasks that somebody of a seat may hold before a pool passes them over, where the person has no figure."""

REP_CAPACITY: Final = 60
STANDS_IN: Final = " stands in for "
SEATS: Final = ("sdr", "ae", "csm", "marketer", "revops")
SEAT_NAMES: Final = {
    "sdr": "SDR",
    "ae": "account executive",
    "csm": "customer success manager",
    "marketer": "marketer",
    "revops": "RevOps",
    "rep": "rep",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be given work. `stand_in_id` counts only while `absent`; `capacity` None is their seat's."""

    id: int
    name: str
    role: str
    job: str = ""
    territory_id: int | None = None
    open_tasks: int = 0
    absent: bool = False
    stand_in_id: int | None = None
    capacity: int | None = None

    @property
    def seat(self) -> str:
        """`sdr`, `ae`, `csm` for reps who have one; else what they are."""
        return self.job or self.role if self.role == "rep" else self.role

    @property
    def room(self) -> int:
        """How many open tasks they may hold."""
        return self.capacity if self.capacity is not None else CAPACITY.get(self.seat, REP_CAPACITY)

    @property
    def is_full(self) -> bool:
        """Whether the person has as many open tasks as they may hold, or more."""
        return self.open_tasks >= self.room


def present(person: Person, people: Mapping[int, Person]) -> Person | None:
    """The person, or whoever stands in at the end of the chain of absences; None where the chain breaks or loops."""
    seen: set[int] = set()
    current: Person | None = person
    while current is not None and current.absent:
        if current.id in seen:
            return None
        seen.add(current.id)
        current = people.get(current.stand_in_id) if current.stand_in_id is not None else None
    return current


def standing_in(who: str, for_whom: str) -> str:
    """Why a task is with `who`, as its routing says it."""
    return f"{who}{STANDS_IN}{for_whom}, who is away"


def is_for_another(routed: str) -> bool:
    """Whether a task's routing says that it is here because its person is away."""
    return STANDS_IN in routed
