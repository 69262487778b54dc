"""The life of an enrollment as a table: what may follow what."""

from typing import Final

from abmops.lib.errors import Conflict

WAITING: Final = "waiting"
ACTIVE: Final = "active"
STALLED: Final = "stalled"
COMPLETED: Final = "completed"
EXITED: Final = "exited"
CANCELLED: Final = "cancelled"
HOLDOUT: Final = "holdout"

STATES: Final = {
    WAITING: "Waiting",
    ACTIVE: "Active",
    STALLED: "Stalled",
    COMPLETED: "Completed",
    EXITED: "Exited",
    CANCELLED: "Cancelled",
    HOLDOUT: "Holdout",
}
LIVE: Final = (WAITING, ACTIVE, STALLED)
FINISHED: Final = (COMPLETED, EXITED, CANCELLED)

MOVES: Final = {
    (WAITING, "begin"): ACTIVE,
    (ACTIVE, "stall"): STALLED,
    (STALLED, "progress"): ACTIVE,
    (ACTIVE, "complete"): COMPLETED,
    (STALLED, "complete"): COMPLETED,
    (WAITING, "exit"): EXITED,
    (ACTIVE, "exit"): EXITED,
    (STALLED, "exit"): EXITED,
    (WAITING, "cancel"): CANCELLED,
    (ACTIVE, "cancel"): CANCELLED,
    (STALLED, "cancel"): CANCELLED,
    (HOLDOUT, "cancel"): CANCELLED,
    (COMPLETED, "reopen"): ACTIVE,
    (CANCELLED, "restore"): ACTIVE,
    (CANCELLED, "wait_again"): WAITING,
    (CANCELLED, "hold_again"): HOLDOUT,
    (EXITED, "restore"): ACTIVE,
    (EXITED, "wait_again"): WAITING,
    **{
        (state, move): state
        for state in LIVE
        for move in ("pause", "resume", "hand_over", "migrate", "keep", "move_step")
    },
}
"""(state, move) -> state. `reopen` undoes a completion that was a slip of the finger; `restore`, `wait_again` and
`hold_again` undo a cancelling, and the first two an exit by a meeting that was never booked. A pause is no state: what
rests keeps its own, and its clocks stand.
"""

NAMES: Final = {
    "enroll": "Enrolled",
    "hold_out": "Held out",
    "begin": "Began",
    "stall": "Stalled",
    "progress": "Moved on",
    "complete": "Completed",
    "exit": "Exited",
    "cancel": "Cancelled",
    "reopen": "Taken up again",
    "restore": "Taken up again",
    "wait_again": "Waits again",
    "hold_again": "Held out again",
    "pause": "Paused",
    "resume": "Resumed",
    "hand_over": "Handed over",
    "migrate": "Moved to another version",
    "keep": "Stayed on its version",
    "move_step": "A step got another day",
}


class IllegalMove(Conflict):
    """The enrollment cannot make this move from the state it is in."""

    code = "illegal_move"


def after(state: str, move: str) -> str:
    """The state that the move leads to; IllegalMove where the table has none."""
    try:
        return MOVES[state, move]
    except KeyError:
        was = STATES.get(state, state).lower()
        raise IllegalMove(
            f"This enrollment is {was}; “{NAMES.get(move, move).lower()}” is not possible now."
        ) from None


def drawn() -> str:
    """The table as Markdown, a line a state: what may be done there and where it leads. The README holds it."""
    lines = ["| From | Moves |", "|---|---|"]
    for state, name in STATES.items():
        ways = [
            move if MOVES[state, move] == state else f"{move} → **{STATES[MOVES[state, move]].lower()}**"
            for move in NAMES
            if (state, move) in MOVES
        ]
        lines.append(f"| {name} | {', '.join(ways) or 'none'} |")
    return "\n".join(lines)
