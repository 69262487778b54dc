"""When an escalation is complete enough to open, and what it takes to close one [P8]."""

from datetime import date
from enum import StrEnum

FEWEST_DECIDERS, MOST_DECIDERS = 3, 4
OUTCOME_LENGTH = 40
WHY_LENGTH = 20


class State(StrEnum):
    """Open until somebody who may says how it ended."""

    OPEN = "open"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """The two ways out."""

    RESOLVE = "resolve"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[State, Move], State] = {
    (State.OPEN, Move.RESOLVE): State.RESOLVED,
    (State.OPEN, Move.WITHDRAW): State.WITHDRAWN,
}


def wrong_deciders(count: int) -> str | None:
    """Three or four people decide: fewer is one opinion, more is a meeting."""
    if FEWEST_DECIDERS <= count <= MOST_DECIDERS:
        return None
    return f"Name three or four deciders; {count or 'none'} {'is' if count <= 1 else 'are'} named."


def wrong_deadline(deadline: date, today: date) -> str | None:
    """The deadline is today or a later day."""
    if deadline >= today:
        return None
    return f"The deadline {deadline} has passed already. Take a day from {today} on."


def wrong_why(text: str) -> str | None:
    """A sentence that says why it cannot wait."""
    if len(text.strip()) >= WHY_LENGTH:
        return None
    return "Say in a sentence why this decision cannot wait for the next meeting."


def wrong_outcome(text: str) -> str | None:
    """A paragraph that somebody who was not there understands."""
    length = len(text.strip())
    if length >= OUTCOME_LENGTH:
        return None
    return (
        f"The outcome has {length} characters; it takes a paragraph of {OUTCOME_LENGTH} or more. "
        "Say what was decided, by whom, and what happens next."
    )


def is_overdue(state: str, deadline: date, today: date) -> bool:
    """Still open after its day."""
    return state == State.OPEN and deadline < today
