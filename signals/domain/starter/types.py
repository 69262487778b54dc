"""The starter catalogue [M]: what a page view, a surge or a hand-raise is worth, and how to recognise it.

Points are on one scale on which a raised hand is 50 and one more page view is 1. Confidence says how sure
we may be that the signal means what it says and is about this account; the closer to the account's own
doing, the higher. Half-lives are short for what passes (a page view) and long for what lasts (a meeting).
Recency is how long a signal may help to fire.
"""

from __future__ import annotations

from signals.domain.starter.elsewhere import ELSEWHERE
from signals.domain.starter.ours import OURS

TYPES: tuple[dict[str, object], ...] = (*OURS, *ELSEWHERE)
