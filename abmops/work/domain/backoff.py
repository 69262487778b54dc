"""How long a failed item waits before it is tried again."""

from datetime import timedelta

FIRST = 2.0
LONGEST = 900.0
SPREAD = 0.2


def pause(attempts: int, *, draw: float) -> timedelta:
    """2 s, 4 s, 8 s … 15 min after the 1st, 2nd, 3rd … failed attempt alone, ±20 % by `draw` in [0, 1).

    The spread keeps items that failed together from coming back together.
    """
    seconds = min(LONGEST, FIRST * 2.0 ** max(0, min(attempts, 30) - 1))
    return timedelta(seconds=seconds * (1 - SPREAD + 2 * SPREAD * draw))
