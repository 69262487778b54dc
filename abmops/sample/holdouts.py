"""Two plays that leave some accounts alone, by lot, so that a stranger sees what a play brings beyond its holdout.

One has gone on long enough to be told from chance or not, the other has too few accounts to say anything yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from accounts.models import User
from plays.services.play.library import put_play

SHARES: Final[Mapping[str, float]] = {"hot-intent-response": 0.33, "surge-response": 0.15}


def write(*, by: User, now: datetime) -> None:
    """A share of the accounts of each, before anything has run in them."""
    for slug, share in SHARES.items():
        put_play(slug=slug, fields={"holdout": share}, by=by, now=now)
