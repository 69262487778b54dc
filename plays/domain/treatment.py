"""What the web page and the ads should show an account now: a booked meeting changes it [F4]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plays.domain import vocabulary as words

TREATMENTS: Final = {
    "suppressed": "Show nothing: the program leaves this account alone.",
    "customer": "Speak to a customer: no offers that win new business.",
    "deal": "A deal is open: proof and reassurance, no forms.",
    "meeting": "A meeting is booked: prepare it, and stop asking for one.",
    "warm": "They have engaged: ask for the conversation.",
    "cold": "They do not know us yet: awareness only.",
    "none": "Not on the target list: the general page.",
}
"""Treatment -> what it asks of the web page and the ads."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides it. `meeting_ahead`: a meeting is booked that has not been, or was within the last two weeks."""

    lifecycle: str
    phase: str
    is_target: bool
    meeting_ahead: bool = False


def treatment_of(standing: Standing) -> str:
    """The first of TREATMENTS that fits, in their order."""
    if (
        standing.lifecycle in words.OUT_OF_PROGRAM
        or standing.phase == "out"
        or standing.lifecycle == "churned"
    ):
        return "suppressed"
    if standing.lifecycle == "customer" or standing.phase == "expand":
        return "customer"
    if standing.lifecycle == "open_opportunity":
        return "deal"
    if standing.meeting_ahead:
        return "meeting"
    if not standing.is_target:
        return "none"
    return "warm" if standing.phase in ("engagement", "active") else "cold"
