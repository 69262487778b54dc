"""The order of a person's work [P5], and the ways to group and narrow it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plays.domain import vocabulary as words

GROUPINGS: Final = {
    "": "By urgency",
    "channel": "By channel",
    "account": "By account",
    "play": "By play",
    "day": "By due day",
}
"""Key -> how it reads. Inside a group the order stays the queue's own."""


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a queue is asked for; an empty field asks for nothing."""

    q: str = ""
    channel: str = ""
    side: str = ""
    urgency: str = ""
    play: int | None = None
    account: int | None = None
    late: bool = False
    today: bool = False
    group: str = ""

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return any(
            (
                self.q, self.channel, self.side, self.urgency, self.play, self.account, self.late, self.today
            )
        )  # fmt: skip
