"""A score that rises past what somebody waits for is an account event, so that plays may answer without a crossing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abmops.lib import bars
from accounts.models import AccountEvent
from accounts.services import events


def note_rises(moves: Iterable[tuple[int, float, float]], *, now: datetime) -> None:
    """Write `score_risen` for accounts (id, score before, score now) that rose past a bar.

    Once a day at most for each account and highest bar, so that a score that trembles around it does not knock all day.
    Where nobody waits for a score it costs one query.
    """
    risen = [(account_id, was, score) for account_id, was, score in moves if score > was]
    waited = bars.waited_for() if risen else ()
    if not waited:
        return
    found = []
    for account_id, was, score in risen:
        passed = [bar for bar in waited if was < bar <= score]
        if passed:
            found.append(
                events.NewEvent(
                    account_id=account_id,
                    kind=AccountEvent.Kind.SCORE_RISEN,
                    at=now,
                    payload={"was": was, "score": score},
                    dedup_key=f"score_risen:{account_id}:{passed[-1]:g}:{now:%Y-%m-%d}",
                )
            )
    events.record(found, now=now)
