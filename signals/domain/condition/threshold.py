"""A whole threshold read aloud: its condition, the tiers it is for, its urgency and its re-arm rule."""

from __future__ import annotations

from collections.abc import Sequence

from signals.domain.condition import words
from signals.domain.condition.node import Condition, Names

ANSWER_WITHIN = {"urgent": "4 working hours", "hot": "1 working day", "normal": "3 working days"}
"""How fast each urgency wants its first sales touch, as people read it everywhere."""


def threshold_sentence(
    condition: Condition,
    *,
    tiers: Sequence[int] = (),
    urgency: str = "normal",
    rearm_days: int = 14,
    names: Names | None = None,
) -> str:
    """One sentence for people.

    No tiers: every account, on the list or not. `names` are the types' names by slug.
    """
    who = f"a {words.listed(f'tier {tier}' for tier in sorted(tiers))} account" if tiers else "any account"
    haste = "" if urgency == "normal" else f"is {urgency} and "
    answer = f"{haste}wants an answer within {ANSWER_WITHIN[urgency]}"
    again = "as soon as" if rearm_days == 0 else f"after {words.days(rearm_days)}, once"
    return (
        f"When {condition.clause(names)}, {who} {answer}; "
        f"it can cross again {again} this has stopped being true."
    )
