"""Loop guards: plays must not set each other off for ever through what their own steps bring about."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

LINK: Final = timedelta(days=1)
"""What happens on an account so soon after a play's step was done there counts as brought about by that play."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many plays may start on an account in so many days, over all plays; and how many in one chain."""

    plays: int = 10
    days: int = 30
    chain: int = 4


def objection(started: int, chain: int, limits: Limits) -> tuple[str, str] | None:
    """Why one more play would be one too many, and what would have to be true; None where it is fine.

    `chain`: how many in a row led here already. Each play's cool-down keeps it from setting off itself; this keeps
    several from setting off each other.
    """
    if chain >= limits.chain:
        said = f"it would be number {chain + 1} in a chain of plays that each began within a day of a step of the one"
        return (
            f"Loop guard: {said} before; the limit is {limits.chain}.",
            "A day passes without a step of these plays.",
        )
    if started >= limits.plays:
        said = f"{started} plays started on this account in the last {limits.days} days"
        return (
            f"Loop guard: {said}; the limit is {limits.plays} over all plays.",
            "The oldest of them is longer ago.",
        )
    return None
