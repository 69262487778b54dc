"""The order of a person's work [P5]."""

from dataclasses import dataclass
from datetime import datetime

from plays.domain import vocabulary as words


@dataclass(frozen=True, slots=True)
class Place:
    """What decides where a task stands in the queue."""

    is_target: bool
    urgency: str
    due_at: datetime
    score: float
    id: int


def order_key(place: Place) -> tuple[bool, int, datetime, float, int]:
    """Target accounts first, then urgent, hot, then what is due first, then the higher score; older on a tie."""
    return (not place.is_target, words.URGENCIES.index(place.urgency), place.due_at, -place.score, place.id)


def group_of(place: Place) -> str:
    """The heading a task stands under: urgent, hot, normal, or other (off the target list)."""
    return place.urgency if place.is_target else "other"
