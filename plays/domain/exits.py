"""Which exit conditions an account event fulfils, and how it is said."""

from collections.abc import Mapping
from typing import Any

from plays.domain import vocabulary as words


def exits_of(kind: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The exit conditions that an account event of this kind fulfils.

    An opportunity event carries `outcome` once it is closed; a lifecycle event carries `to`.
    """
    match kind:
        case "meeting_booked" | "left_list" | "changed_tier" | "contact_engaged":
            return (kind,)
        case "opportunity_stage":
            outcome = payload.get("outcome")
            if outcome == "won":
                return ("opportunity_won", "opportunity_closed")
            return ("opportunity_closed",) if outcome else ("opportunity_opened",)
        case "lifecycle":
            return ("disqualified",) if payload.get("to") in words.OUT_OF_PROGRAM else ()
        case _:
            return ()


def first_exit(declared: tuple[str, ...], fulfilled: tuple[str, ...]) -> str | None:
    """The play's first exit condition that is fulfilled; being disqualified ends every play."""
    if "disqualified" in fulfilled:
        return "disqualified"
    return next((item for item in declared if item in fulfilled), None)


def exit_sentence(condition: str) -> str:
    """`Stopped because a meeting is booked.`"""
    return f"Stopped because {words.EXITS[condition]}."
