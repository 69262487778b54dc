"""When a threshold crosses: on turning true, not while it stays true, and not again inside its cool-down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, cast

from signals.domain.catalogue import DAY


@dataclass(frozen=True, slots=True)
class Armed:
    """What is remembered of one threshold on one account. Times are epoch seconds.

    `has_been_false_since` is when it was first seen false after having been true; None while it is true.
    """

    is_met: bool = False
    last_crossed_at: float | None = None
    has_been_false_since: float | None = None

    def dump(self) -> list[object]:
        """The memory as a list for a JSON column; `load` reads it again."""
        return [self.is_met, self.last_crossed_at, self.has_been_false_since]

    @classmethod
    def load(cls, data: object) -> Self:
        """What `dump` gave; of nothing, a threshold that never crossed."""
        if not data:
            return cls()
        is_met, crossed, since = cast("Sequence[object]", data)
        return cls(bool(is_met), cast("float | None", crossed), cast("float | None", since))


def step(
    armed: Armed, *, met_before: bool, met_after: bool, now: float, rearm_days: float
) -> tuple[Armed, bool]:
    """The threshold's next memory, and whether it crossed at `now`.

    `met_before` is the condition at `now` without the new signals: it tells that the threshold has turned
    false by the clock since it was last looked at. It crosses when it turns true, unless the last crossing
    is less than `rearm_days` ago. A turn inside the cool-down is not made up for later: it must turn false
    and true once more.
    """
    was_met = armed.is_met and met_before
    turned_true = met_after and not was_met
    cooling = armed.last_crossed_at is not None and now < armed.last_crossed_at + rearm_days * DAY
    crossed = turned_true and not cooling
    since = None
    if not met_after:
        since = armed.has_been_false_since if armed.has_been_false_since is not None else now
    return Armed(met_after, now if crossed else armed.last_crossed_at, since), crossed
