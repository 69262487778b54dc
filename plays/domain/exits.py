"""Which exit conditions an account event fulfils, and how it is said."""

from collections.abc import Collection, Mapping
from typing import Any, Final

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


LEAVES: Final = {
    "disqualified": "The account is disqualified or not ready.",
    "left_list": "The account left the target list.",
    "opportunity_won": "A deal is won: the account is a customer.",
    "opportunity_opened": "A deal is open: whoever works it decides what the account sees.",
}
"""Exit condition -> why an account leaves the bursts that it is in."""
FOR_A_DEAL: Final = (LEAVES["opportunity_won"], LEAVES["opportunity_opened"])
"""The reasons that go with their deal: when it is taken back, the account comes back."""
MEANT_FOR: Final = {"opportunity_won": "customer", "opportunity_opened": "open_opportunity"}


def leaves_burst(
    fulfilled: Collection[str], *, lifecycles: Collection[str] = (), is_new_deal: bool = True
) -> str | None:
    """Why an account leaves a burst, of the exit conditions fulfilled; None where it stays, as with a meeting.

    A burst that names customers or open opportunities keeps them, and so does one that was planned when the deal was
    open already.
    """
    for condition, why in LEAVES.items():
        if condition not in fulfilled or MEANT_FOR.get(condition) in lifecycles:
            continue
        if condition != "opportunity_opened" or is_new_deal:
            return why
    return None
